import type { PlanRandomState } from './planRandomness.ts';

/** The state of a plan's run, and the randomness with which it continues. */
export interface TrainingPlanOptions {
  /** Steps that were charged already, when a run is resumed. Default 0. */
  readonly chargedSteps?: number | undefined;
  /** Analyses that were charged already, when a run is resumed. Default 0. */
  readonly chargedAnalyses?: number | undefined;
  /**
   * Makes sampling and noise reproducible. Whoever knows the seed can subtract the noise: the plan
   * then guarantees nothing and says so.
   */
  readonly insecureSeed?: number | undefined;
  /** Where another `TrainingPlan` of the same data stood, when its run is resumed. */
  readonly state?: PlanState | undefined;
}

/** The state of a plan, except for its charges; nothing in it is secret. */
export interface PlanState {
  /** Where quantile clipping has brought the clip norm: private already, since it was released. */
  readonly clipNorm?: number;
  /** Only under an insecure seed: the state of secure randomness is never written. */
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
