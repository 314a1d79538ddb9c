import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { PerExampleGradients } from '../perExampleGradients.ts';
import { weightOf, type LayerRule } from './layerRule.ts';

/** Embedding: a row of the table for each index. Always in float32. */
export const embeddingRule: LayerRule = {
  className: 'Embedding',

  call(layer, x, pass) {
    const table = weightOf(layer, 'embeddings')!;
    const [vocabulary, width] = table.shape as [number, number];
    // An index outside of the table reads row 0 and leaves its example without a finite gradient.
    const indices = Array.from(x.dataSync(), (index) =>
      Number.isInteger(index) && index >= 0 && index < vocabulary ? index : NaN,
    );
    const rows = Int32Array.from(indices, (index) => (Number.isNaN(index) ? 0 : index));
    return pass.lookup(table, () => {
      const value = tf.gather(table, tf.tensor1d(rows, 'int32'));
      return {
        value: tf.reshape(value, [...x.shape, width]),
        backward: (dy) => embeddingGradients(table, indices, x.shape[0]!, dy),
      };
    });
  },

  problem: (layer) =>
    (layer as tfl.layers.Layer & { maskZero?: boolean }).maskZero
      ? 'it masks zeros, which layers after it would not get to know; use maskZero: false'
      : null,
};

/**
 * Gradients of a table that was looked up: a row for each index, added where an index comes twice.
 * Norms and sums are formed in float64, row by row.
 *
 * @param indices of all examples, NaN where there is none
 * @param dy [n, …, width]
 */
function embeddingGradients(
  variable: tf.Variable,
  indices: readonly number[],
  n: number,
  dy: tf.Tensor,
): PerExampleGradients {
  const [vocabulary, width] = variable.shape as [number, number];
  const perExample = n === 0 ? 0 : indices.length / n;
  const values = new Float64Array(dy.dataSync());
  /** The rows that one example touches, with its gradient of each. */
  const rowsOf = (example: number) => {
    const rows = new Map<number, Float64Array>();
    for (let t = example * perExample; t < (example + 1) * perExample; t++) {
      const index = indices[t]!;
      const row = rows.get(index) ?? new Float64Array(width);
      rows.set(index, row);
      for (let i = 0; i < width; i++) row[i]! += values[t * width + i]!;
    }
    return rows;
  };
  return {
    variable,
    squaredNorms: () =>
      Float64Array.from({ length: n }, (_, example) => {
        let sum = 0;
        for (const [index, row] of rowsOf(example)) {
          if (Number.isNaN(index)) return NaN;
          for (const value of row) sum += value * value;
        }
        return sum;
      }),
    weightedSum(factors) {
      const sum = new Float64Array(vocabulary * width);
      factors.forEach((factor, example) => {
        if (factor === 0) return;
        for (const [index, row] of rowsOf(example)) {
          row.forEach((value, i) => (sum[index * width + i]! += factor * value));
        }
      });
      return tf.tensor(new Float32Array(sum), variable.shape);
    },
    // A factor of zero leaves an example out altogether, whatever its gradient is.
    keepOnly: () => undefined,
    instantiate() {
      const gradients = new Float32Array(n * vocabulary * width);
      for (let example = 0; example < n; example++) {
        for (const [index, row] of rowsOf(example)) {
          const start = (example * vocabulary + (Number.isNaN(index) ? 0 : index)) * width;
          row.forEach((value, i) => {
            gradients[start + i] = Number.isNaN(index) ? NaN : value;
          });
        }
      }
      return tf.tensor2d(gradients, [n, vocabulary * width]);
    },
    dispose: () => undefined,
  };
}
