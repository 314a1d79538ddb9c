export { requireDelta, type Accountant } from './accountant.ts';
export { builtInAccountants, createAccountant, registerAccountant } from './accountants.ts';
export type { AccountantName } from './accountants.ts';
export { bestEmpiricalEpsilon } from './bestEmpiricalEpsilon.ts';
export type { EmpiricalEpsilon, GuessingOptions } from './bestEmpiricalEpsilon.ts';
export type { PrivacyBudget } from './budget.ts';
export { calibrateNoiseMultiplier } from './calibration.ts';
export type { CalibrationGoal, PlanGoal, StepsGoal } from './calibration.ts';
export { empiricalEpsilon } from './empiricalEpsilon.ts';
export type { CanaryGuesses } from './empiricalEpsilon.ts';
export {
  composed,
  gaussian,
  laplace,
  noiseCloseness,
  poissonSampled,
  sampledWithoutReplacement,
  selfComposed,
} from './events.ts';
export type {
  ComposedEvent,
  GaussianEvent,
  LaplaceEvent,
  NoiseClosenessEvent,
  PoissonSampledEvent,
  PrivacyEvent,
  SampledWithoutReplacementEvent,
  SelfComposedEvent,
} from './events.ts';
export { PrivacyLedger } from './ledger.ts';
export type {
  LedgerEntry,
  LedgerFile,
  LedgerGuarantee,
  PrivacyLabel,
  Spending,
  SpendingOptions,
} from './ledger.ts';
export { noiseClosenessEpsilon } from './noiseCloseness.ts';
export { parsePrivacyEvent } from './parsePrivacyEvent.ts';
export { PldAccountant } from './pld/pldAccountant.ts';
export type { EstimateOptions } from './pld/pldAccountant.ts';
export { privacyCurve } from './privacyCurve.ts';
export type {
  DeltaCurveOptions,
  DeltaPoint,
  EpsilonCurveOptions,
  EpsilonPoint,
} from './privacyCurve.ts';
export type { Estimate } from './pld/privacyProfile.ts';
export { defaultOrders, sampledGaussianRdp, sampledLaplaceRdp } from './rdp/rdp.ts';
export { RdpAccountant } from './rdp/rdpAccountant.ts';
export type { RdpCurve } from './rdp/rdpConversion.ts';
export { largestStepCount } from './stepCount.ts';
export type { StepCountGoal } from './stepCount.ts';
