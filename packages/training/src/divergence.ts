/** Training cannot go on: a value that was released, or a weight, is not finite. */
export class DivergenceError extends Error {
  override name = 'DivergenceError';
  /** Step in which it was found, from 0. */
  readonly step: number;
  /** Name of the weight. */
  readonly weight: string;

  constructor(what: string, step: number, weight: string) {
    super(
      `step ${step}: the ${what} of "${weight}" is not finite; ` +
        'lower the learning rate or the clip norm',
    );
    this.step = step;
    this.weight = weight;
  }
}
