import * as tf from '@tensorflow/tfjs-core';
import { withExampleScales, type Operand } from '../operand.ts';
import { gradientNormBound, gradientNormBoundOf, longestInputsSquared } from './gradientNorm.ts';
import { areIntegers, largestCodeProduct } from './integerKernels.ts';
import { combineScales } from './scales.ts';
import { usesGhostNorm, type NormMethod } from './squaredNorms.ts';

/**
 * Names of the kernels that take the norms of per-example weight gradients AᵀB, where A are an example's
 * inputs and B its output gradients at T positions. A backend that has one registered is handed every
 * batch of operands; elsewhere plain loops take the norms, as they do for an example of which the
 * kernel says too little.
 *
 * Inputs are float32. The output [n, 3, 2] is int32: the bits of the float64 values ‖AᵀB‖², ‖A‖², ‖B‖²
 * of every example. AᵀB has the roundings of a float32 matrix product and is squared in float64; with
 * the attribute `isGhost` it is a ghost sum in float64. The attribute `areIntegers` says that inputs are whole
 * numbers whose inner products, over positions or within A and B, stay below 2³¹: int32 sums of them are exact.
 * - `MatMulGradientNorms`: `a` [n, …, p], `dy` [n, …, d].
 * - `Conv2DGradientNorms`: `a` and `dy` NHWC, attributes also `filterShape`, `strides`, `pad` ('same',
 *   'valid'); A are the unfolded windows of `a`.
 */
export const gradientNormKernels = {
  matMul: 'MatMulGradientNorms',
  conv2d: 'Conv2DGradientNorms',
} as const;

export interface GradientNormOptions {
  readonly kernel: (typeof gradientNormKernels)[keyof typeof gradientNormKernels];
  /** Attributes of the kernel. */
  readonly attributes?: object;
  /** The sizes of an example's A, T×p, and B, T×d. */
  readonly positions: number;
  readonly p: number;
  readonly d: number;
  readonly method: NormMethod | undefined;
  /** A of one example, from the values of all. */
  readonly inputsOf: (values: Float32Array, example: number) => Float32Array;
}

/**
 * For every example an upper bound of ‖AᵀB‖² (see `gradientNormBound`), by the backend's kernel if it
 * has one.
 */
export function gradientNormBounds(
  inputs: Operand,
  outputGradients: Operand,
  options: GradientNormOptions,
): Float64Array {
  let bounds!: Float64Array;
  // A tidy would search a typed array that it returns for tensors, value by value.
  tf.tidy(() => {
    bounds = boundsOf(withExampleScales(inputs), withExampleScales(outputGradients), options);
  });
  return bounds;
}

/** The same of operands whose scales, if any, are examples'. */
function boundsOf(a: Operand, dy: Operand, options: GradientNormOptions): Float64Array {
  const { positions, p, d, method, inputsOf } = options;
  const largestProduct = largestCodeProduct(a, dy);
  // Read when first needed: it copies all of them.
  let values: [Float32Array, Float32Array] | null = null;
  const byPlainLoops = (i: number) => {
    values ??= [a.codes.dataSync<'float32'>(), dy.codes.dataSync<'float32'>()];
    const inputs = inputsOf(values[0], i);
    const gradients = values[1].subarray(i * positions * d, (i + 1) * positions * d);
    return gradientNormBound(inputs, gradients, positions, p, d, largestProduct, method);
  };
  const isGhost = usesGhostNorm(method ?? 'cheaper', positions, p, d);
  const hints = {
    isGhost,
    areIntegers: areIntegers(a, dy, positions) && areIntegers(a, a, p) && areIntegers(dy, dy, d),
  };
  const norms = normsOfKernel(a.codes, dy.codes, hints, options);
  const examples = a.codes.shape[0]!;
  return combineScales(a.scales, dy.scales, examples).map((scale, i) => {
    let bound: number | null = null;
    if (norms) {
      const [ofProduct, ofA, ofB] = norms.subarray(3 * i) as unknown as [number, number, number];
      if (ofA > longestInputsSquared) return NaN;
      bound = gradientNormBoundOf(ofProduct, ofA * ofB, positions, largestProduct, isGhost);
    }
    return (bound ?? byPlainLoops(i)) * scale ** 2;
  });
}

/** Three squared norms an example, or null where the backend has no such kernel. */
function normsOfKernel(
  a: tf.Tensor,
  dy: tf.Tensor,
  hints: { readonly isGhost: boolean; readonly areIntegers: boolean },
  { kernel, attributes }: GradientNormOptions,
): Float64Array | null {
  if (tf.getKernel(kernel, tf.getBackend()) === undefined) return null;
  const bits = tf.engine().runKernel(kernel, { a, dy }, { ...attributes, ...hints }) as tf.Tensor;
  const words = bits.dataSync<'int32'>().slice();
  bits.dispose();
  return new Float64Array(words.buffer);
}
