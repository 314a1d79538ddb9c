import { bestEmpiricalEpsilon, empiricalEpsilon, PrivacyLedger } from '@dpquant/accounting';
import { trainableValueCount } from '@dpquant/gradients';
import {
  calibratedPlan,
  TrainingPlan,
  type PlanData,
  type TrainingPlanOptions,
} from '@dpquant/mechanisms';
import { SecureRandom, SeededRandom } from '@dpquant/random';
import type { SchedulePolicy } from '@dpquant/scheduling';
import { DPTrainer, sgd } from '@dpquant/training';
import { canaryWeightCount, plantCanaries } from './canaries.ts';

/** What is audited, and how hard. All of it is fixed before the run. */
export interface AuditOptions {
  /** What the noise is calibrated to. */
  readonly epsilon: number;
  readonly delta: number;
  readonly sampleRate: number;
  readonly steps: number;
  readonly canaries: number;
  /** Numbers of guesses to try; several share the significance. */
  readonly guesses: readonly number[];
  /** Probability with which an honest run may be refuted. */
  readonly significance: number;
  /** Arithmetic of the audited layer. */
  readonly format: string;
  /** Fixes which canaries are in, and rounding. */
  readonly seed?: number;
  /** Also fixes sampling and noise. */
  readonly insecureSeed?: number;
}

/** Options that fit together, and what follows from them. */
export interface PlannedAudit extends AuditOptions {
  readonly noiseMultiplier: number;
  /** The lower bound if all guesses are right: no claim from there on can be refuted. */
  readonly greatestLowerBound: number;
}

/** What stands in for a part of the mechanism, to see that the audit refutes a broken one. */
export interface AuditedParts {
  readonly plan?: (data: PlanData, options: TrainingPlanOptions) => TrainingPlan;
  /** Name of a clipping rule. */
  readonly clipping?: string;
}

/** How an audit ended; `--json` prints it. */
export interface AuditReport {
  /** ε is at least this, but for a probability of `significance`. */
  readonly epsilonLowerBound: number;
  /** ε by the ledger of the run. */
  readonly epsilonClaimed: number;
  /** Whether the lower bound is within the claim. */
  readonly consistent: boolean;
  readonly delta: number;
  readonly significance: number;
  readonly canaries: number;
  readonly guesses: number;
  readonly correct: number;
  readonly sampleRate: number;
  readonly steps: number;
  readonly noiseMultiplier: number;
  readonly format: string;
  readonly guarantee: TrainingPlan['guarantee'];
}

const clipNorm = 1;
/** One-hot rows: a large batch costs little memory. */
const physicalBatchSize = 1024;

/**
 * Calibrates the noise, and looks how much the audit can show.
 *
 * @throws RangeError for numbers that do not fit together, and an ε that cannot be met
 */
export function planAudit(options: AuditOptions): PlannedAudit {
  const { epsilon, delta, sampleRate, steps, canaries, guesses: tries, significance } = options;
  const bounds = tries.map((guesses) =>
    empiricalEpsilon({
      canaries,
      guesses,
      correct: guesses,
      delta,
      significance: significance / tries.length,
    }),
  );
  const plan = calibratedPlan(
    { unitCount: canaries, sampleRate, steps, clipNorm, valueCount: canaryWeightCount(canaries) },
    { epsilon, delta },
  );
  return {
    ...options,
    noiseMultiplier: plan.noiseMultiplier as number,
    greatestLowerBound: Math.max(...bounds),
  };
}

/**
 * Trains on canaries, each in the data with probability ½, guesses from the weights which were in,
 * and bounds ε from below by how many guesses are right. Sampling, clipping, noise and ledger are
 * those of any other run; the current backend computes.
 *
 * @param onStep called after each step with the number of steps so far
 */
export async function auditRun(
  audit: PlannedAudit,
  { plan: makePlan = (...planned) => new TrainingPlan(...planned), clipping }: AuditedParts = {},
  onStep: (steps: number) => void = () => undefined,
): Promise<AuditReport> {
  const { delta, sampleRate, steps, canaries, significance, format, noiseMultiplier } = audit;
  const { insecureSeed, seed = insecureSeed } = audit;
  const planned = {
    unitCount: canaries,
    sampleRate,
    noiseMultiplier,
    clipNorm,
    steps,
    stepsPerEpoch: steps,
  };
  const coins = seed === undefined ? new SecureRandom() : new SeededRandom(seed, 'canaries');
  const included = Array.from({ length: canaries }, () => coins.uint32() % 2 === 1);
  const { dataset, model, loss, scores } = plantCanaries(included);
  const plan = makePlan({ ...planned, valueCount: trainableValueCount(model) }, { insecureSeed });
  const ledger = new PrivacyLedger();
  try {
    const trainer = new DPTrainer({
      model,
      loss,
      training: dataset,
      plan,
      optimizer: sgd({ learningRate: 1 }),
      schedule: { policy: everyLayer, format, budget: { quantizedFraction: 1 } },
      seed: seed ?? new SecureRandom().uint32(),
      physicalBatchSize,
      ...(clipping && { clipping }),
      ledger,
      callbacks: { onStepEnd: ({ step }) => onStep(step + 1) },
    });
    await trainer.run();
    const best = bestEmpiricalEpsilon(await scores(), included, audit);
    const epsilonClaimed = ledger.epsilon(delta);
    return {
      epsilonLowerBound: best.epsilon,
      epsilonClaimed,
      consistent: best.epsilon <= epsilonClaimed,
      delta,
      significance,
      canaries,
      guesses: best.guesses,
      correct: best.correct,
      sampleRate,
      steps,
      noiseMultiplier,
      format,
      guarantee: plan.guarantee,
    };
  } finally {
    model.dispose();
  }
}

const everyLayer: SchedulePolicy = {
  name: 'every layer',
  select: ({ layers, format }) => new Map(layers.map(({ name }) => [name, format])),
};
