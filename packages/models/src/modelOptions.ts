/** Shape and seed of a model; all public. */
export interface ModelOptions {
  /** [height, width, channels] */
  readonly inputShape: readonly [number, number, number];
  readonly classes: number;
  /** Seeds the initial weights. */
  readonly seed: number;
}
