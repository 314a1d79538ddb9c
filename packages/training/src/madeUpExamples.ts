import type { Dataset } from '@dpquant/data';
import { SeededRandom, uniformInteger } from '@dpquant/random';

/** What of a data set decides how examples of it look. */
export type ExampleShapes = Pick<Dataset, 'inputShape' | 'targetShape' | 'classNames'>;

/**
 * Inputs and targets of made-up examples: zeros and ones, which are pixels and indices alike, with
 * targets of all classes.
 */
export function madeUpExamples(
  { inputShape, targetShape, classNames }: ExampleShapes,
  count: number,
): { readonly inputs: Float32Array; readonly targets: Float32Array } {
  const random = new SeededRandom(0, 'model probe');
  const madeUp = (shape: readonly number[], values: number) =>
    Float32Array.from({ length: shape.reduce((a, b) => a * b, count) }, () =>
      uniformInteger(random, values),
    );
  const isIndex = targetShape.length === 0;
  const inputs = madeUp(inputShape, 2);
  return { inputs, targets: madeUp(targetShape, isIndex ? Math.max(2, classNames.length) : 2) };
}
