import * as tf from '@tensorflow/tfjs-core';
import type { Feed } from './stages.ts';

/**
 * Scale of the new values of each replaced example, by its place. A negative scale changes signs;
 * NaN makes all values NaN.
 */
export type ChangedScales = ReadonlyMap<number, number>;

/** The scales of synthetic examples, and those of their replacements. */
export interface SyntheticBatch {
  /** Whether values are in (−1, 1) times the scale, and not in (0, 1). */
  readonly isSigned: boolean;
  /** Scale of each example's values; repeats if there are more examples. */
  readonly scales: readonly number[];
  /** For each change, the scales of the replaced examples; repeat if more are replaced. */
  readonly changed: readonly (readonly number[])[];
}

/**
 * Examples of one scale, and of very different scales. A layer that takes a maximum, a sum, an
 * order or a mean over a batch is found by one of the changes, even if it does so for large values
 * only.
 */
export const syntheticBatches: readonly SyntheticBatch[] = [
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

/** The scale of each replaced example. */
export function changedScales(
  examples: readonly number[],
  scales: readonly number[],
): ChangedScales {
  return new Map(examples.map((example, i) => [example, scales[i % scales.length]!]));
}

/**
 * Sets of examples to replace together. For every two examples there is a set that contains only
 * the first: for each bit, the examples whose index has this bit set, and those whose index has it
 * not.
 */
export function setsToChange(count: number): number[][] {
  const all = Array.from({ length: count }, (_, i) => i);
  const bits = Math.ceil(Math.log2(count));
  return Array.from({ length: bits }, (_, bit) => bit).flatMap((bit) =>
    [0, 1].map((value) => all.filter((example) => ((example >> bit) & 1) === value)),
  );
}

/**
 * Gives every stage synthetic inputs of the right shapes: 0 and 1 where it takes integers.
 */
export function syntheticFeed({ isSigned, scales }: SyntheticBatch, changes: ChangedScales): Feed {
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
        // A replaced example has other values, not only the same ones times another scale.
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
