import type { ScheduleContext } from './policy.ts';

/** How long a run is, and how often its policy decides. */
export interface ScheduleLength {
  /** Of the whole run. */
  readonly steps: number;
  readonly stepsPerEpoch: number;
  /** Steps from one decision to the next. Default: those of an epoch. */
  readonly interval?: number | undefined;
}

/** Where a decision stands in its run; all of it public. */
export interface DecisionPlace {
  /** The epoch that its first step is in, from 0. */
  readonly epoch: number;
  /** Epochs of the whole run; the last one may be shorter. */
  readonly epochs: number;
  /** Its first step, from 0. */
  readonly step: number;
  /** Steps of the whole run. */
  readonly steps: number;
  /** Steps from one decision to the next; the last one may hold fewer. */
  readonly interval: number;
  readonly stepsPerEpoch: number;
}

/** Decisions of a whole run. */
export function decisionCount({
  steps,
  stepsPerEpoch,
  interval = stepsPerEpoch,
}: ScheduleLength): number {
  return Math.ceil(steps / interval);
}

/** Where the decision of a number, from 0, stands. */
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
 * What a decision is called in messages, and what its random numbers are drawn for: `epoch 3`
 * where there is one an epoch, else `step 37`.
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
 * Steps that each of the first `count` decisions has held, `steps` having been taken; 0 for one
 * that no step was taken under.
 */
export function heldSteps(
  count: number,
  { interval, steps }: Pick<DecisionPlace, 'interval' | 'steps'>,
): readonly number[] {
  return Array.from({ length: count }, (_, i) =>
    Math.max(0, Math.min(interval, steps - i * interval)),
  );
}
