import type { ScheduleContext } from './policy.ts';

/** The length of a run, and how often its policy decides. */
export interface ScheduleLength {
  /** Steps of the whole run. */
  readonly steps: number;
  readonly stepsPerEpoch: number;
  /** Steps between decisions. Default `stepsPerEpoch`. */
  readonly interval?: number | undefined;
}

/** The position of a decision in its run; all public. */
export interface DecisionPlace {
  /** Epoch of the decision's first step, from 0. */
  readonly epoch: number;
  /** Epochs of the whole run; the last one may be shorter. */
  readonly epochs: number;
  /** First step of the decision, from 0. */
  readonly step: number;
  /** Steps of the whole run. */
  readonly steps: number;
  /** Steps between decisions; the last decision may cover fewer. */
  readonly interval: number;
  readonly stepsPerEpoch: number;
}

/** Number of decisions in a run. */
export function decisionCount({
  steps,
  stepsPerEpoch,
  interval = stepsPerEpoch,
}: ScheduleLength): number {
  return Math.ceil(steps / interval);
}

/** The position of decision number `index`, from 0. */
export function decisionAt(
  { steps, stepsPerEpoch, interval = stepsPerEpoch }: ScheduleLength,
  index: number,
): DecisionPlace {
  const step = index * interval;
  const epoch = Math.floor(step / stepsPerEpoch);
  const epochs = Math.ceil(steps / stepsPerEpoch);
  return { epoch, epochs, step, steps, interval, stepsPerEpoch };
}

/**
 * Name of a decision in messages and in the labels of its random numbers: `epoch 3` if there is one
 * decision per epoch, else `step 37`.
 */
export function decisionName({
  epoch,
  step,
  interval,
  stepsPerEpoch,
}: Pick<ScheduleContext, 'epoch' | 'step' | 'interval' | 'stepsPerEpoch'>): string {
  const isByEpoch = step === undefined || interval === undefined || interval === stepsPerEpoch;
  return isByEpoch ? `epoch ${epoch}` : `step ${step}`;
}

/**
 * Number of steps under each of the first `count` decisions, after `steps` steps in total; may be
 * 0.
 */
export function heldSteps(
  count: number,
  { interval, steps }: Pick<DecisionPlace, 'interval' | 'steps'>,
): readonly number[] {
  return Array.from({ length: count }, (_, i) =>
    Math.max(0, Math.min(interval, steps - i * interval)),
  );
}
