/** Learning rate of each step, counted from 0. */
export type LearningRateSchedule = (step: number) => number;

/**
 * A schedule from a schedule or a constant; its values are checked.
 *
 * @throws RangeError for a constant that is not positive and finite; the schedule throws RangeError
 *   in a step whose value is not positive and finite, or 0, which may end a decay
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
   * Learning rate from step `steps` on. Default 0: let the decay take as many steps as the run has,
   * since later steps would cost privacy and change nothing.
   */
  readonly to?: number;
  /** Number of steps, including the warm-up. */
  readonly steps: number;
  /** Steps of a linear warm-up before the decay. Default 0. */
  readonly warmupSteps?: number;
}

/**
 * Half a cosine wave without restarts: to + (from − to)·(1 + cos πs)/2 after a share s of the steps
 * (Loshchilov & Hutter, arXiv 1608.03983).
 *
 * @throws RangeError for invalid options
 */
export function cosineDecay(options: DecayOptions): LearningRateSchedule {
  return decay(options, (share) => (1 + Math.cos(Math.PI * share)) / 2);
}

/**
 * Linear decay: to + (from − to)·(1 − s) after a share s of the steps.
 *
 * @throws RangeError for invalid options
 */
export function linearDecay(options: DecayOptions): LearningRateSchedule {
  return decay(options, (share) => 1 - share);
}

export interface StepDecayOptions {
  readonly from: number;
  /** The learning rate is multiplied by it every `every` steps; in (0, 1]. */
  readonly factor: number;
  /** Steps between two changes. */
  readonly every: number;
}

/**
 * Multiplies by `factor` at equal intervals: from·factor^⌊step / every⌋.
 *
 * @throws RangeError for invalid options
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
 * Linear warm-up over `steps` steps: step i, from 0, has the share (i + 1)/steps of the learning
 * rate. Then `learningRate` follows, from its own step 0.
 *
 * @throws RangeError for invalid options
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
