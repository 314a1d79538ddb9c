import * as tf from '@tensorflow/tfjs-core';
import type { Feed } from './stages.ts';

/**
 * Size of the new values of examples that become others; negative turns signs, NaN makes them not
 * finite.
 */
export type ChangedScales = ReadonlyMap<number, number>;

/** Made-up examples, and changes of them. */
export interface MadeUpBatch {
  readonly isSigned: boolean;
  /** Size of each example's values, over again where there are more examples. */
  readonly scales: readonly number[];
  /** Sizes that changed examples get, change by change, over again where more examples change. */
  readonly changed: readonly (readonly number[])[];
}

/**
 * Examples of one size, and of very different ones. What takes a greatest value, a sum, an order or
 * a mean over a batch shows in some change of them, also where it begins to do so beyond some size.
 */
export const madeUpBatches: readonly MadeUpBatch[] = [
  {
    isSigned: false,
    scales: [1],
    changed: [[1e4], [0, -1], [NaN, 1e-4], [1e30, 0.5]],
  },
  {
    isSigned: true,
    scales: [1e-3, 1, 1e3, 0],
    changed: [
      [1e6, 0],
      [0, 1],
      [-1e4, 0],
      [1e30, NaN],
    ],
  },
];

/** Sizes of the given examples once they have become others. */
export function changedScales(
  examples: readonly number[],
  scales: readonly number[],
): ChangedScales {
  return new Map(examples.map((example, i) => [example, scales[i % scales.length]!]));
}

/**
 * Sets of examples to change together, so that for every two examples there is a set with the one
 * and without the other: those whose number has a bit, and those whose number has it not.
 */
export function setsToChange(count: number): number[][] {
  const all = Array.from({ length: count }, (_, i) => i);
  const bits = Math.ceil(Math.log2(count));
  return Array.from({ length: bits }, (_, bit) => bit).flatMap((bit) =>
    [0, 1].map((value) => all.filter((example) => ((example >> bit) & 1) === value)),
  );
}

/**
 * Feeds every stage with made-up values of its input's shape: whole numbers 0 and 1 where it takes
 * integers.
 */
export function madeUpFeed({ isSigned, scales }: MadeUpBatch, changes: ChangedScales): Feed {
  return (place, shapes) =>
    shapes.map(({ shape, dtype }, number) => {
      const count = shape[0]!;
      const length = tf.util.sizeFromShape(shape);
      const size = length / Math.max(1, count);
      const values = new Float32Array(length);
      const start = hash(`${place} ${number}`);
      for (let example = 0; example < count; example++) {
        const changed = changes.get(example);
        const scale = changed ?? scales[example % scales.length]!;
        // A changed example has other values, not only the same in another size.
        const first = start + (changed === undefined ? example : count + example) * size;
        for (let i = 0; i < size; i++) {
          const uniform = (Math.imul(first + i, 0x9e3779b1) >>> 8) * 2 ** -24;
          values[example * size + i] =
            dtype === 'float32'
              ? scale * (isSigned ? 2 * uniform - 1 : uniform)
              : Math.round(uniform);
        }
      }
      return tf.tensor(values, shape, dtype);
    });
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return value;
}
