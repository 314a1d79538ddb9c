/** A quantity that changes in stages over the steps of a plan, as plain data. */
export interface StepSchedule {
  /** Value of the first stage, > 0. */
  readonly from: number;
  /** Value of the last stage, > 0, and of later steps. */
  readonly to: number;
  /**
   * Number of stages of equal length, each with one value. Accounting takes time for each stage.
   * Default 10.
   */
  readonly stages?: number;
  /**
   * Whether values of successive stages differ by a constant (`linear`) or a factor
   * (`exponential`). Default `exponential`.
   */
  readonly shape?: 'linear' | 'exponential';
}

/**
 * The value at a step, of a schedule or a constant.
 *
 * @param step number of the step, from 0
 * @param steps number of steps of the plan
 */
export function valueAtStep(quantity: number | StepSchedule, step: number, steps: number): number {
  if (typeof quantity === 'number') return quantity;
  const { from, to, stages = 10, shape = 'exponential' } = quantity;
  const stage = Math.min(stages - 1, Math.floor((step * stages) / Math.max(1, steps)));
  const share = stages === 1 ? 0 : stage / (stages - 1);
  return shape === 'linear' ? from + share * (to - from) : from * (to / from) ** share;
}
