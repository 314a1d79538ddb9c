import * as tf from '@tensorflow/tfjs-core';
import {
  addRounded,
  matMulProduct,
  selectExamples,
  transposed,
  type LayerMultiplication,
  type UnfoldedOperands,
} from '@dpquant/quantization';
import { squaredNormBound } from './squaredNormBound.ts';

/**
 * What one backward pass leaves of one use of one weight: enough for every example's squared gradient
 * norm and for a weighted sum of the examples' gradients. Holds tensors until disposed.
 */
export interface PerExampleGradients {
  readonly variable: tf.Variable;
  /**
   * For every example an upper bound of the squared norm of the float32 values that `roundedSum`
   * rounds.
   */
  squaredNorms(): Promise<Float64Array>;
  /**
   * Σ_i rint(fl(factors[i]·gradient_i)), flat: whole numbers. What an example adds depends on that
   * example and its factor alone, to the bit; one whose factor is 0 adds nothing, whatever its
   * values are. After `squaredNorms`.
   *
   * @param factors one an example, 0 or normal float32
   */
  roundedSum(factors: Float32Array): Promise<Int32Array>;
  /**
   * Σ_i factors[i]·gradient_i in float32, in the shape of the weight. The caller owns it. Only for
   * examples whose gradients are finite: see `keepOnly`. On graphics processors after
   * `squaredNorms`.
   */
  weightedSum(factors: Float32Array): tf.Tensor;
  /** Replaces the gradients of the examples whose entry is 0 by zeros, by selection. */
  keepOnly(keep: Uint8Array): void;
  /** The gradients themselves, [n, size of the weight]. The caller owns them. */
  instantiate(): Promise<tf.Tensor2D>;
  /** Two factors of the gradients, where they are products over positions. The caller owns them. */
  readonly unfold?: () => UnfoldedOperands;
  dispose(): void;
}

/**
 * Gradients of a small weight (a bias, a scale), formed for every example: what is summed is what
 * the norm was taken of.
 *
 * @param gradients [n, …shape of the variable]; owned from now on
 */
export function instantiatedGradients(
  variable: tf.Variable,
  gradients: tf.Tensor,
): PerExampleGradients {
  const n = gradients.shape[0];
  const { size } = variable;
  let kept = tf.keep(gradients);
  const rows = () => tf.reshape<tf.Rank.R2>(kept, [n, size]);
  // Read once: norms and sums are of the very same values.
  let values: Promise<Float32Array> | null = null;
  const read = () => (values ??= kept.data<'float32'>());
  return {
    variable,
    async squaredNorms() {
      const all = await read();
      return Float64Array.from({ length: n }, (_, i) =>
        squaredNormBound(all.subarray(i * size, (i + 1) * size)),
      );
    },
    async roundedSum(factors) {
      const all = await read();
      const sum = new Int32Array(size);
      factors.forEach((factor, i) => {
        addRounded(sum, all.subarray(i * size, (i + 1) * size), factor);
      });
      return sum;
    },
    weightedSum: (factors) =>
      tf.tidy(() => tf.reshape(tf.matMul(tf.tensor2d(factors, [1, n]), rows()), variable.shape)),
    keepOnly(keep) {
      kept = replaceKept(kept, keep);
      values = null;
    },
    instantiate: () => Promise.resolve(rows()),
    dispose: () => kept.dispose(),
  };
}

/**
 * Gradients of a weight that multiplies its input: the operands of the products a_iᵀ·dy_i. Nothing
 * the size of the weight is stored for an example.
 *
 * @param multiplication after its backward pass; owned from now on
 */
export function productGradients(
  variable: tf.Variable,
  multiplication: LayerMultiplication,
): PerExampleGradients {
  return {
    variable,
    squaredNorms: () => multiplication.squaredWeightGradientNorms(),
    roundedSum: (factors) => multiplication.roundedWeightGradient(factors),
    weightedSum: (factors) =>
      tf.tidy(() => tf.reshape(multiplication.clippedWeightGradient(factors), variable.shape)),
    keepOnly: (keep) => multiplication.keepExamples(keep),
    instantiate: () => Promise.resolve(tf.tidy(() => multiplyOut(multiplication.unfold()))),
    unfold: () => multiplication.unfold(),
    dispose: () => multiplication.dispose(),
  };
}

/**
 * The gradients of one weight over all its uses in a pass, of units of `rowsPerUnit` consecutive
 * examples: a unit's gradient is the mean of its rows', summed over the uses, and its norm takes the
 * cross terms in.
 *
 * Products are joined along their positions, which is exact: Σ_uses Σ_rows aᵀ·(dy/K). Anything else is
 * instantiated.
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

/** Operands of all uses along one axis of positions, or null if they do not fit together. */
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
  const { isTransposed } = operands;
  let { inputs, outputGradients } = operands;
  const float = (codes: tf.Tensor) => ({ codes, scales: null });
  return {
    variable,
    squaredNorms: () =>
      matMulProduct.squaredWeightGradientNorms(float(inputs), float(outputGradients)),
    async roundedSum(factors) {
      const sum = await matMulProduct.roundedWeightGradient(
        float(inputs),
        float(outputGradients),
        factors,
      );
      return isTransposed ? transposed(sum, inputs.shape[2], outputGradients.shape[2]) : sum;
    },
    weightedSum: (factors) =>
      tf.tidy(() => {
        const sum = matMulProduct.clippedWeightGradient(
          float(inputs),
          float(outputGradients),
          factors,
        );
        return tf.reshape(isTransposed ? tf.transpose(sum) : sum, variable.shape);
      }),
    keepOnly(keep) {
      inputs = replaceKept(inputs, keep);
      outputGradients = replaceKept(outputGradients, keep);
    },
    instantiate: () => Promise.resolve(multiplyOut({ inputs, outputGradients, isTransposed })),
    dispose: () => tf.dispose([inputs, outputGradients]),
  };
}

/** The gradients that unfolded operands are the factors of, [n, size of the weight]. */
function multiplyOut({ inputs, outputGradients, isTransposed }: UnfoldedOperands): tf.Tensor2D {
  return tf.tidy(() => {
    const [first, second] = isTransposed ? [outputGradients, inputs] : [inputs, outputGradients];
    const gradients = tf.matMul(first, second, true, false);
    return tf.reshape(gradients, [inputs.shape[0], -1]);
  });
}

/** `selectExamples` in place of a kept tensor. */
function replaceKept<T extends tf.Tensor>(values: T, keep: Uint8Array): T {
  const selected = tf.keep(selectExamples(values, keep));
  values.dispose();
  return selected;
}
