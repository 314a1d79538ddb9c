/** A quantity that is fixed for every step before training begins; steps count from 0. */
export type StepSchedule = (step: number) => number;

/** The value at a step of what may be a constant. */
export function valueAt(quantity: number | StepSchedule, step: number): number {
  return typeof quantity === 'number' ? quantity : quantity(step);
}

export interface StagedScheduleOptions {
  /** Value of the first stage. */
  readonly from: number;
  /** Value of the last stage. */
  readonly to: number;
  /** Number of steps; beyond, the last value stays. */
  readonly steps: number;
  /**
   * Number of stages of equal length, each with one value. Accounting takes time for each of them.
   * Default 10.
   */
  readonly stages?: number;
  /** Whether equal stages add (`linear`) or multiply (`exponential`). Default `exponential`. */
  readonly shape?: 'linear' | 'exponential';
}

/** A noise multiplier or clip norm that goes from one value to another in stages. */
export function stagedSchedule(options: StagedScheduleOptions): StepSchedule {
  const { from, to, steps, stages = 10, shape = 'exponential' } = options;
  for (const [name, value] of Object.entries({ from, to })) {
    if (!(value > 0 && value < Infinity)) {
      throw new RangeError(`${name}: expected a positive number, got ${value}`);
    }
  }
  for (const [name, value] of Object.entries({ steps, stages })) {
    if (!(Number.isInteger(value) && value > 0)) {
      throw new RangeError(`${name}: expected a whole number > 0, got ${value}`);
    }
  }
  return (step) => {
    const stage = Math.min(stages - 1, Math.floor((step * stages) / steps));
    const share = stages === 1 ? 0 : stage / (stages - 1);
    return shape === 'linear' ? from + share * (to - from) : from * (to / from) ** share;
  };
}
