import type { PlanRandomState } from './planRandomness.ts';

/** The state of a plan's run, and the randomness with which it continues. */
export interface TrainingPlanOptions {
  /** Number of steps already charged, when a run is resumed. Default 0. */
  readonly chargedSteps?: number | undefined;
  /** Number of analyses already charged, when a run is resumed. Default 0. */
  readonly chargedAnalyses?: number | undefined;
  /**
   * Makes sampling and noise reproducible. Anyone who knows the seed can subtract the noise, so the
   * plan's guarantee is then `none`.
   */
  readonly insecureSeed?: number | undefined;
  /** State of an earlier `TrainingPlan` with the same data, when its run is resumed. */
  readonly state?: PlanState | undefined;
}

/** The state of a plan, except for its charges; nothing in it is secret. */
export interface PlanState {
  /** The clip norm reached by quantile clipping; private already, since it was released. */
  readonly clipNorm?: number;
  /** Only with an insecure seed: the state of secure randomness is never written. */
  readonly random?: PlanRandomState;
}

/** @throws RangeError that names the option out of range */
export function checkTrainingPlanOptions(options: TrainingPlanOptions): void {
  const { chargedSteps = 0, chargedAnalyses = 0 } = options;
  for (const [name, value] of Object.entries({ chargedSteps, chargedAnalyses })) {
    if (Number.isInteger(value) && value >= 0) continue;
    throw new RangeError(`${name}: expected a whole number ≥ 0, got ${value}`);
  }
}
