import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { addRounded, type SummableGradients } from '@dpquant/quantization';
import type { PerExampleGradients } from '../perExampleGradients.ts';
import { squaredNormBound } from '../squaredNormBound.ts';
import { weightOf, type LayerRule } from './layerRule.ts';

/** Embedding: looks up a row of a table for each index. Always in float32. */
export const embeddingRule: LayerRule = {
  className: 'Embedding',

  call(layer, x, pass) {
    const table = weightOf(layer, 'embeddings')!;
    const [vocabulary, width] = table.shape as [number, number];
    return pass.lookup(table, (keep) => {
      const { rows, indices } = tf.tidy(() => rowsOf(x, vocabulary));
      const kept = keep(indices);
      return {
        value: tf.reshape(tf.gather(table, rows), [...x.shape, width]),
        backward: (dy) => embeddingGradients(table, kept, tf.keep(tf.clone(dy))),
      };
    });
  },

  problem: (layer) =>
    (layer as tfl.layers.Layer & { maskZero?: boolean }).maskZero
      ? 'it masks zeros, and later layers would not get the mask; use maskZero: false'
      : null,
};

/** The rows of a table for the indices x; NaN for an index outside the table. */
export function lookUp(table: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const [vocabulary, width] = table.shape as [number, number];
    const { rows, indices } = rowsOf(x, vocabulary);
    const isOutside = tf.less(tf.reshape(indices, [-1, 1]), 0);
    const found = tf.gather(table, rows);
    return tf.reshape(tf.where(isOutside, tf.fill(found.shape, NaN), found), [...x.shape, width]);
  });
}

/**
 * The row that each index reads, and the index itself, −1 if it is outside the table. Such an index
 * reads row 0, and makes its example's gradient NaN.
 */
function rowsOf(x: tf.Tensor, vocabulary: number): { rows: tf.Tensor1D; indices: tf.Tensor2D } {
  const flat = tf.cast(tf.reshape(x, [-1]), 'float32');
  const isInside = tf.logicalAnd(
    tf.logicalAnd(tf.greaterEqual(flat, 0), tf.less(flat, vocabulary)),
    tf.equal(flat, tf.floor(flat)),
  );
  const rows = tf.where(isInside, flat, tf.zerosLike(flat));
  const indices = tf.where(isInside, flat, tf.fill(flat.shape, -1));
  return {
    rows: tf.cast(rows, 'int32') as tf.Tensor1D,
    indices: tf.reshape(indices, [x.shape[0], -1]),
  };
}

/**
 * The gradients of the table's rows by index, for one example: summed in float64 and rounded to
 * float32 once.
 */
type RowGradients = ReadonlyMap<number, Float32Array>;

/**
 * Gradients of the table of an embedding: a row for each index; rows of the same index are summed.
 * Norms and sums are of the same float32 rows.
 *
 * @param indices [n, …], negative where outside the table; the caller owns them
 * @param dy [n, …, width]; owned from now on
 */
function embeddingGradients(
  variable: tf.Variable,
  indices: tf.Tensor2D,
  dy: tf.Tensor,
): PerExampleGradients {
  const { size, shape } = variable;
  const [, width] = shape as [number, number];
  const [n, perExample] = indices.shape;
  /** The gradients of the rows that each example reads. */
  const read = async (): Promise<RowGradients[]> => {
    const [all, gradients] = await Promise.all([indices.data(), dy.data<'float32'>()]);
    return Array.from({ length: n }, (_, example) => {
      const first = example * perExample;
      const own = all.subarray(first, first + perExample);
      return rowGradients(own, gradients.subarray(first * width), width);
    });
  };
  return {
    variable,
    norms: async () => summableRows(await read(), shape as [number, number]),
    async instantiate() {
      const values = new Float32Array(n * size);
      (await read()).forEach((rows, example) => {
        for (const [index, row] of rows) {
          const start = example * size + Math.max(0, index) * width;
          row.forEach((value, i) => {
            values[start + i] = index < 0 ? NaN : value;
          });
        }
      });
      return tf.tensor2d(values, [n, size]);
    },
    dispose: () => dy.dispose(),
  };
}

/**
 * Norms and sums of the gradients of a table.
 *
 * @param examples the rows of each
 * @param shape of the table
 */
function summableRows(
  examples: readonly RowGradients[],
  [vocabulary, width]: [number, number],
): SummableGradients {
  const size = vocabulary * width;
  /** A factor of 0 leaves an example out, even if its gradient is not finite. */
  const forEachRow = (
    factors: Float32Array,
    add: (start: number, row: Float32Array, factor: number) => void,
  ) =>
    examples.forEach((rows, example) => {
      const factor = factors[example]!;
      if (factor === 0) return;
      for (const [index, row] of rows) add(index * width, row, factor);
    });
  return {
    squaredNorms: Float64Array.from(examples, squaredNormOfRows),
    roundedSum(factors) {
      const sum = new Int32Array(size);
      forEachRow(factors, (start, row, factor) => addRounded(sum, row, factor, start));
      return Promise.resolve(sum);
    },
    weightedSum(factors) {
      const sum = new Float64Array(size);
      forEachRow(factors, (start, row, factor) => {
        row.forEach((value, i) => (sum[start + i]! += factor * value));
      });
      return tf.tensor(new Float32Array(sum), [vocabulary, width]);
    },
  };
}

/**
 * An upper bound of the squared norm of an example's gradient; NaN for an index outside the table.
 */
function squaredNormOfRows(rows: RowGradients): number {
  let sum = 0;
  for (const [index, row] of rows) {
    if (index < 0) return NaN;
    sum += squaredNormBound(row);
  }
  return sum * (1 + rows.size * 2 ** -52);
}

/**
 * @param indices of one example
 * @param dy [indices.length·width], or more; rows of indices that occur once are views of it
 */
function rowGradients(indices: tf.TypedArray, dy: Float32Array, width: number): RowGradients {
  const rows = new Map<number, Float32Array>();
  /** Sums of the rows whose index occurs more than once. */
  const sums = new Map<number, Float64Array>();
  indices.forEach((index, t) => {
    const row = dy.subarray(t * width, (t + 1) * width);
    const before = rows.get(index);
    if (!before) {
      rows.set(index, row);
      return;
    }
    const sum = sums.get(index) ?? Float64Array.from(before);
    sums.set(index, sum);
    for (let i = 0; i < width; i++) sum[i]! += row[i]!;
  });
  for (const [index, sum] of sums) rows.set(index, new Float32Array(sum));
  return rows;
}
