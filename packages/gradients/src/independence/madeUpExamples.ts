import * as tf from '@tensorflow/tfjs-core';
import type { Feed } from './stages.ts';

/** One example of a batch becomes another one. */
export interface Change {
  readonly example: number;
  /** Size of its new values; negative turns their signs, and NaN makes them not finite. */
  readonly scale: number;
}

/** A batch of made-up values, and changes of it, one at a time. */
export interface MadeUpBatch {
  readonly isSigned: boolean;
  /** Size of each example's values, over again where there are more examples. */
  readonly scales: readonly number[];
  readonly changes: readonly Change[];
}

/** Sizes in which examples of a batch become others. */
export const changedScales = [1e4, 0, -1, NaN] as const;

/**
 * Examples of one size, and of very different ones. What takes a greatest value, a sum, an order or a mean over
 * a batch shows in some change of them, also where it begins to do so beyond some size.
 */
export const madeUpBatches: readonly MadeUpBatch[] = [
  {
    isSigned: false,
    scales: [1],
    changes: [
      { example: 0, scale: 1e4 },
      { example: 1, scale: 0 },
      { example: 2, scale: -1 },
      { example: 3, scale: NaN },
      { example: 0, scale: 1e-4 },
      { example: 3, scale: 1e30 },
    ],
  },
  {
    isSigned: true,
    scales: [1e-3, 1, 1e3, 0],
    changes: [
      { example: 0, scale: 1e6 },
      { example: 1, scale: 0 },
      { example: 2, scale: 0 },
      { example: 3, scale: 1 },
      { example: 2, scale: -1e4 },
      { example: 1, scale: 1e30 },
    ],
  },
];

/** Feeds every stage with the made-up values of its input's shape; what holds no float32 stays. */
export function madeUpFeed({ isSigned, scales }: MadeUpBatch, change: Change | null): Feed {
  return (place, given) =>
    given.map((tensor, number) => {
      if (tensor.dtype !== 'float32') return tensor;
      const count = tensor.shape[0]!;
      const size = tensor.size / Math.max(1, count);
      const values = new Float32Array(tensor.size);
      const start = hash(`${place} ${number}`);
      for (let example = 0; example < count; example++) {
        const isChanged = change !== null && example === change.example % count;
        const scale = isChanged ? change.scale : scales[example % scales.length]!;
        // A changed example has other values, not only the same in another size.
        const first = start + (isChanged ? count : example) * size;
        for (let i = 0; i < size; i++) {
          const uniform = (Math.imul(first + i, 0x9e3779b1) >>> 8) * 2 ** -24;
          values[example * size + i] = scale * (isSigned ? 2 * uniform - 1 : uniform);
        }
      }
      return tf.tensor(values, tensor.shape);
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
