import * as tf from '@tensorflow/tfjs-core';
import {
  addRounded,
  matMulProduct,
  selectExamples,
  WeightGradient,
  type SummableGradients,
  type UnfoldedOperands,
} from '@dpquant/quantization';
import { squaredNormBound } from './squaredNormBound.ts';

/**
 * The gradients of one use of one weight from one backward pass, example by example, in a form from
 * which norms and weighted sums can be computed. Holds tensors until disposed.
 */
export interface PerExampleGradients {
  readonly variable: tf.Variable;
  /** Computes the norms of the gradients, after which the gradients can be summed. */
  norms(): Promise<SummableGradients>;
  /** The gradients themselves, [n, size of the weight]. The caller owns them. */
  instantiate(): Promise<tf.Tensor2D>;
  /** Two factors of the gradients, if they are products over positions. The caller owns them. */
  readonly unfold?: () => UnfoldedOperands;
  dispose(): void;
}

/** Gradients of one weight whose norms are known. */
export interface SummableWeight extends SummableGradients {
  readonly variable: tf.Variable;
}

/**
 * Gradients of a small weight (a bias, a scale), stored for every example. Norms and sums are of
 * the same values.
 *
 * @param gradients [n, …shape of the variable]; owned from now on
 */
export function instantiatedGradients(
  variable: tf.Variable,
  gradients: tf.Tensor,
): PerExampleGradients {
  const n = gradients.shape[0];
  const { size } = variable;
  const kept = tf.keep(gradients);
  const rowsOf = (values: tf.Tensor) => tf.reshape<tf.Rank.R2>(values, [n, size]);
  return {
    variable,
    async norms() {
      // Read once, so that norms and sums are of the same values.
      const all = await kept.data<'float32'>();
      const valuesOf = (example: number) => all.subarray(example * size, (example + 1) * size);
      return {
        squaredNorms: Float64Array.from({ length: n }, (_, i) => squaredNormBound(valuesOf(i))),
        roundedSum(factors) {
          const sum = new Int32Array(size);
          factors.forEach((factor, i) => addRounded(sum, valuesOf(i), factor));
          return Promise.resolve(sum);
        },
        weightedSum: (factors, keep = null) =>
          tf.tidy(() => {
            const rows = rowsOf(keep === null ? kept : selectExamples(kept, keep));
            return tf.reshape(tf.matMul(tf.tensor2d(factors, [1, n]), rows), variable.shape);
          }),
      };
    },
    instantiate: () => Promise.resolve(rowsOf(kept)),
    dispose: () => kept.dispose(),
  };
}

/**
 * Gradients of a weight that multiplies its input, as the operands of the products a_iᵀ·dy_i. No
 * tensor of the size of the weight is stored for an example.
 *
 * @param weightGradient its sums are in the order of the variable's elements; owned from now on
 */
export function productGradients(
  variable: tf.Variable,
  weightGradient: WeightGradient,
): PerExampleGradients {
  return {
    variable,
    async norms() {
      const { weightedSum, ...others } = await weightGradient.norms();
      return {
        ...others,
        weightedSum: (factors, keep) =>
          tf.tidy(() => tf.reshape(weightedSum(factors, keep), variable.shape)),
      };
    },
    instantiate: () => Promise.resolve(tf.tidy(() => multiplyOut(weightGradient.unfold()))),
    unfold: () => weightGradient.unfold(),
    dispose: () => weightGradient.dispose(),
  };
}

/**
 * The gradients of one weight over all its uses in a pass, of units of `rowsPerUnit` consecutive
 * examples. A unit's gradient is the sum over the uses of the mean of its rows' gradients; its norm
 * includes the cross terms.
 *
 * Products are joined along their positions, which is exact: Σ_uses Σ_rows aᵀ·(dy/K) for K rows.
 * All other gradients are instantiated.
 *
 * @param uses of the same variable, at least one; owned from now on
 */
export async function unitGradients(
  uses: readonly PerExampleGradients[],
  rowsPerUnit: number,
): Promise<PerExampleGradients> {
  const [first] = uses as [PerExampleGradients];
  if (uses.length === 1 && rowsPerUnit === 1) return first;
  const { variable } = first;
  const joined = joinedOperands(uses, rowsPerUnit);
  if (joined) {
    for (const use of uses) use.dispose();
    return unfoldedGradients(variable, joined);
  }
  const instantiated: tf.Tensor[] = [];
  for (const use of uses) instantiated.push(await use.instantiate());
  const mean = tf.tidy(() => {
    const sum = instantiated.reduce((a, b) => tf.add(a, b));
    const rows = tf.reshape(sum, [sum.shape[0] / rowsPerUnit, rowsPerUnit, variable.size]);
    return tf.keep(tf.mean(rows, 1));
  });
  tf.dispose(instantiated);
  for (const use of uses) use.dispose();
  return instantiatedGradients(variable, mean);
}

/** Operands of all uses, joined along the axis of positions; null if they do not fit together. */
function joinedOperands(
  uses: readonly PerExampleGradients[],
  rowsPerUnit: number,
): UnfoldedOperands | null {
  if (!uses.every((use) => use.unfold)) return null;
  const unfolded = uses.map((use) => use.unfold!());
  const { inputs, outputGradients, isTransposed } = unfolded[0]!;
  const fits = unfolded.every(
    (other) =>
      other.isTransposed === isTransposed &&
      other.inputs.shape[2] === inputs.shape[2] &&
      other.outputGradients.shape[2] === outputGradients.shape[2],
  );
  const join = (tensors: tf.Tensor3D[], factor: number) =>
    tf.tidy(() => {
      const units = tensors[0]!.shape[0] / rowsPerUnit;
      const merged = tensors.map((x) => tf.reshape(x, [units, -1, x.shape[2]]));
      const all = merged.length === 1 ? merged[0]! : tf.concat(merged, 1);
      return tf.keep(factor === 1 ? all : tf.mul(all, factor)) as tf.Tensor3D;
    });
  const result = fits
    ? {
        inputs: join(
          unfolded.map((use) => use.inputs),
          1,
        ),
        outputGradients: join(
          unfolded.map((use) => use.outputGradients),
          1 / rowsPerUnit,
        ),
        isTransposed,
      }
    : null;
  tf.dispose(unfolded.flatMap((use) => [use.inputs, use.outputGradients]));
  return result;
}

/** Gradients that are products of unfolded operands, which are owned from now on. */
function unfoldedGradients(variable: tf.Variable, operands: UnfoldedOperands): PerExampleGradients {
  const float = (codes: tf.Tensor) => ({ codes, scales: null });
  const product = {
    product: matMulProduct,
    isTransposed: operands.isTransposed,
    inputs: float(operands.inputs),
    outputGradients: float(operands.outputGradients),
  };
  return productGradients(variable, new WeightGradient(product, variable.shape));
}

/** The gradients that are the products of unfolded operands, [n, size of the weight]. */
function multiplyOut({ inputs, outputGradients, isTransposed }: UnfoldedOperands): tf.Tensor2D {
  return tf.tidy(() => {
    const [first, second] = isTransposed ? [outputGradients, inputs] : [inputs, outputGradients];
    const gradients = tf.matMul(first, second, true, false);
    return tf.reshape(gradients, [inputs.shape[0], -1]);
  });
}
