import type { Dataset, ExampleParts } from '@dpquant/data';
import { SeededRandom, uniformInteger } from '@dpquant/random';

/** Properties of a data set that determine the shapes of its examples. */
export type ExampleShapes = Pick<Dataset, 'inputShape' | 'targetShape' | 'classNames'> &
  ExampleParts;

/**
 * Inputs and targets of synthetic examples: zeros and ones, which are valid as pixels and as
 * indices. All classes occur.
 */
export function syntheticExamples(
  { inputShape, targetShape, classNames, targetParts }: ExampleShapes,
  count: number,
): { readonly inputs: Float32Array; readonly targets: Float32Array } {
  const random = new SeededRandom(0, 'model probe');
  const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
  const inputs = Float32Array.from({ length: count * sizeOf(inputShape) }, () =>
    uniformInteger(random, 2),
  );
  // Number of possible values of each element of an example's targets.
  const choices = (targetParts ?? [{ shape: targetShape, classNames }]).flatMap(
    ({ shape, classNames: names = [] }) =>
      shape.length === 0
        ? [Math.max(2, names.length)]
        : Array.from({ length: sizeOf(shape) }, () => 2),
  );
  const targets = Float32Array.from({ length: count * choices.length }, (_, i) =>
    uniformInteger(random, choices[i % choices.length]!),
  );
  return { inputs, targets };
}
