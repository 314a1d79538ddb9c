import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { addRounded } from '@dpquant/quantization';
import type { PerExampleGradients } from '../perExampleGradients.ts';
import { squaredNormBound } from '../squaredNormBound.ts';
import { weightOf, type LayerRule } from './layerRule.ts';

/** Embedding: a row of the table for each index. Always in float32. */
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
        backward: (dy) => new EmbeddingGradients(table, kept, tf.keep(tf.clone(dy))),
      };
    });
  },

  problem: (layer) =>
    (layer as tfl.layers.Layer & { maskZero?: boolean }).maskZero
      ? 'it masks zeros, which layers after it would not get to know; use maskZero: false'
      : null,
};

/** What an embedding gives for indices of which some are outside of its table: NaN there. */
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
 * The row that each index reads, and the index itself: −1 where it is outside of the table. Such an
 * index reads row 0 and leaves its example without a finite gradient.
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
 * Index → gradient of that row, for one example: added in float64, then rounded to float32 once.
 */
type RowGradients = ReadonlyMap<number, Float32Array>;

/**
 * Gradients of a table that was looked up: a row for each index, added where an index comes twice.
 * Norms and sums are of the same float32 rows.
 */
class EmbeddingGradients implements PerExampleGradients {
  readonly variable: tf.Variable;
  readonly #indices: tf.Tensor2D;
  readonly #dy: tf.Tensor;
  #examples: readonly RowGradients[] | null = null;

  /**
   * @param indices [n, …], negative where there is none; the caller keeps them
   * @param dy [n, …, width]; owned from now on
   */
  constructor(variable: tf.Variable, indices: tf.Tensor2D, dy: tf.Tensor) {
    this.variable = variable;
    this.#indices = indices;
    this.#dy = dy;
  }

  async squaredNorms(): Promise<Float64Array> {
    return Float64Array.from(await this.#read(), (rows) => {
      let sum = 0;
      for (const [index, row] of rows) {
        if (index < 0) return NaN;
        sum += squaredNormBound(row);
      }
      return sum * (1 + rows.size * 2 ** -52);
    });
  }

  async roundedSum(factors: Float32Array): Promise<Int32Array> {
    const [, width] = this.variable.shape as [number, number];
    const sum = new Int32Array(this.variable.size);
    (await this.#read()).forEach((rows, example) => {
      const factor = factors[example]!;
      if (factor === 0) return;
      for (const [index, row] of rows) addRounded(sum, row, factor, index * width);
    });
    return sum;
  }

  weightedSum(factors: Float32Array): tf.Tensor {
    const [, width] = this.variable.shape as [number, number];
    const sum = new Float64Array(this.variable.size);
    // Before `squaredNorms` they are read at once, which graphics processors do not allow.
    this.#examples ??= this.#split(this.#indices.dataSync(), this.#dy.dataSync());
    this.#examples.forEach((rows, example) => {
      const factor = factors[example]!;
      if (factor === 0) return;
      for (const [index, row] of rows) {
        row.forEach((value, i) => (sum[index * width + i]! += factor * value));
      }
    });
    return tf.tensor(new Float32Array(sum), this.variable.shape);
  }

  /** A factor of zero leaves an example out altogether, whatever its gradient is. */
  keepOnly(): void {
    return undefined;
  }

  async instantiate(): Promise<tf.Tensor2D> {
    const [, width] = this.variable.shape as [number, number];
    const { size } = this.variable;
    const examples = await this.#read();
    const gradients = new Float32Array(examples.length * size);
    examples.forEach((rows, example) => {
      for (const [index, row] of rows) {
        const start = example * size + Math.max(0, index) * width;
        row.forEach((value, i) => {
          gradients[start + i] = index < 0 ? NaN : value;
        });
      }
    });
    return tf.tensor2d(gradients, [examples.length, size]);
  }

  dispose(): void {
    this.#dy.dispose();
  }

  async #read(): Promise<readonly RowGradients[]> {
    if (!this.#examples) {
      const [indices, dy] = await Promise.all([this.#indices.data(), this.#dy.data()]);
      this.#examples = this.#split(indices, dy);
    }
    return this.#examples;
  }

  /** The rows that each example touches, with its gradient of each. */
  #split(indices: tf.TypedArray, dy: tf.TypedArray): RowGradients[] {
    const [n, perExample] = this.#indices.shape;
    const [, width] = this.variable.shape as [number, number];
    return Array.from({ length: n }, (_, example) => {
      const first = example * perExample;
      const own = indices.subarray(first, first + perExample);
      return rowGradients(own, (dy as Float32Array).subarray(first * width), width);
    });
  }
}

/**
 * @param indices of one example
 * @param dy [indices.length·width], or more; rows of indices that come once are views of it
 */
function rowGradients(indices: tf.TypedArray, dy: Float32Array, width: number): RowGradients {
  const rows = new Map<number, Float32Array>();
  /** Sums of the rows whose index comes again. */
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
