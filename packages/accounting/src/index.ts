export type { Accountant } from './accountant.ts';
export { createAccountant } from './accountants.ts';
export type { AccountantName } from './accountants.ts';
export { calibrateNoiseMultiplier } from './calibration.ts';
export type { CalibrationGoal } from './calibration.ts';
export { composed, gaussian, poissonSampled, selfComposed } from './events.ts';
export type {
  ComposedEvent,
  GaussianEvent,
  PoissonSampledEvent,
  PrivacyEvent,
  SelfComposedEvent,
} from './events.ts';
export { PrivacyLedger } from './ledger.ts';
export type { LedgerEntry, LedgerFile, PrivacyLabel, SpendingOptions } from './ledger.ts';
export { parsePrivacyEvent } from './parsePrivacyEvent.ts';
export { defaultOrders, sampledGaussianRdp } from './rdp.ts';
export { RdpAccountant } from './rdpAccountant.ts';
export type { RdpCurve } from './rdpConversion.ts';
