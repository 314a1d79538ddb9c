/** Learning rate of each step, which count from 0. */
export type LearningRateSchedule = (step: number) => number;

/**
 * The schedule of what may be a constant, with checked values.
 *
 * @throws RangeError for a constant that is not positive and finite, and in the step in which a
 *   schedule gives anything but a positive finite number or 0, which ends a decay
 */
export function checkedSchedule(learningRate: number | LearningRateSchedule): LearningRateSchedule {
  if (typeof learningRate === 'number') {
    requirePositive('learning rate', learningRate);
    return () => learningRate;
  }
  return (step) => {
    const value = learningRate(step);
    if (!(value >= 0 && value < Infinity)) {
      throw new RangeError(
        `learning rate: expected a positive number, got ${value} at step ${step}`,
      );
    }
    return value;
  };
}

export interface DecayOptions {
  /** Learning rate after the warm-up. */
  readonly from: number;
  /**
   * Learning rate at step number `steps` and from there on. Default 0: give the decay as many steps
   * as the run has, since a later one would cost privacy and change nothing.
   */
  readonly to?: number;
  /** Number of steps, those of the warm-up included. */
  readonly steps: number;
  /** Steps of a linear warm-up before the decay. Default 0. */
  readonly warmupSteps?: number;
}

/**
 * Half a cosine wave without restarts: to + (from − to)·(1 + cos πs)/2 at a share s of the steps
 * (Loshchilov & Hutter, arXiv 1608.03983).
 *
 * @throws RangeError for options that cannot be
 */
export function cosineDecay(options: DecayOptions): LearningRateSchedule {
  return decay(options, (share) => (1 + Math.cos(Math.PI * share)) / 2);
}

/**
 * A straight line: to + (from − to)·(1 − s) at a share s of the steps.
 *
 * @throws RangeError for options that cannot be
 */
export function linearDecay(options: DecayOptions): LearningRateSchedule {
  return decay(options, (share) => 1 - share);
}

export interface StepDecayOptions {
  readonly from: number;
  /** What the learning rate is multiplied by each time, in (0, 1]. */
  readonly factor: number;
  /** Steps between two changes. */
  readonly every: number;
}

/**
 * Equal factors at equal distances: from·factor^⌊step / every⌋.
 *
 * @throws RangeError for options that cannot be
 */
export function stepDecay({ from, factor, every }: StepDecayOptions): LearningRateSchedule {
  requirePositive('from', from);
  if (!(factor > 0 && factor <= 1)) {
    throw new RangeError(`factor: expected a number in (0, 1], got ${factor}`);
  }
  requireCount('every', every, 1);
  return (step) => from * factor ** Math.floor(step / every);
}

/**
 * Rises in equal parts over `steps` steps, the first of which has a share of 1/steps of the learning
 * rate; then `learningRate` follows from its own step 0 on.
 *
 * @throws RangeError for options that cannot be
 */
export function linearWarmup(
  learningRate: number | LearningRateSchedule,
  steps: number,
): LearningRateSchedule {
  requireCount('warmupSteps', steps, 0);
  const schedule = checkedSchedule(learningRate);
  return (step) => (step < steps ? (schedule(0) * (step + 1)) / steps : schedule(step - steps));
}

/** `curve` falls from 1 at share 0 to 0 at share 1. */
function decay(
  { from, to = 0, steps, warmupSteps = 0 }: DecayOptions,
  curve: (share: number) => number,
): LearningRateSchedule {
  requirePositive('from', from);
  if (!(to >= 0 && to <= from)) {
    throw new RangeError(`to: expected a number from 0 to ${from}, got ${to}`);
  }
  requireCount('steps', steps, 1);
  if (warmupSteps >= steps) {
    throw new RangeError(`warmupSteps: expected fewer than the ${steps} steps, got ${warmupSteps}`);
  }
  const decaySteps = steps - warmupSteps;
  return linearWarmup(
    (step) => (step < decaySteps ? to + (from - to) * curve(step / decaySteps) : to),
    warmupSteps,
  );
}

function requirePositive(name: string, value: number): void {
  if (!(value > 0 && value < Infinity)) {
    throw new RangeError(`${name}: expected a positive number, got ${value}`);
  }
}

function requireCount(name: string, value: number, least: number): void {
  if (!(Number.isInteger(value) && value >= least)) {
    throw new RangeError(`${name}: expected a whole number of at least ${least}, got ${value}`);
  }
}
