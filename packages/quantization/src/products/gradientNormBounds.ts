import type { ReadOperand } from '../operand.ts';
import { gradientNormBound, gradientNormBoundOf, longestInputsSquared } from './gradientNorm.ts';
import type { gradientNormKernels } from './gradientNormKernels.ts';
import { squaredNormsOfKernel } from './gradientNormKernels.ts';
import { largestCodeProduct } from './integerKernels.ts';
import { combineScales } from './scales.ts';
import { usesGhostNorm, type NormMethod } from './squaredNorms.ts';

export interface GradientNormOptions {
  readonly kernel: keyof typeof gradientNormKernels;
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
 *
 * @param a with scales of examples, if any
 * @param dy as `a`
 */
export async function gradientNormBounds(
  a: ReadOperand,
  dy: ReadOperand,
  options: GradientNormOptions,
): Promise<Float64Array> {
  const { positions, p, d, method, inputsOf } = options;
  const largestProduct = largestCodeProduct(a, dy);
  // Read when first needed: it copies all of them.
  let values: Promise<[Float32Array, Float32Array]> | null = null;
  const byPlainLoops = async (i: number) => {
    values ??= Promise.all([a.codes.data<'float32'>(), dy.codes.data<'float32'>()]);
    const [allInputs, allGradients] = await values;
    const gradients = allGradients.subarray(i * positions * d, (i + 1) * positions * d);
    const inputs = inputsOf(allInputs, i);
    return gradientNormBound(inputs, gradients, positions, p, d, largestProduct, method);
  };
  const isGhost = usesGhostNorm(method ?? 'cheaper', positions, p, d);
  const norms = await squaredNormsOfKernel(a.codes, dy.codes, isGhost, options);
  const bounds = combineScales(a.scales, dy.scales, a.codes.shape[0]!);
  for (let i = 0; i < bounds.length; i++) {
    let bound: number | null = null;
    if (norms) {
      const { values: squared, isGhostSum } = norms;
      const [ofProduct, ofA, ofB] = [squared[3 * i]!, squared[3 * i + 1]!, squared[3 * i + 2]!];
      bound =
        ofA > longestInputsSquared
          ? NaN
          : gradientNormBoundOf(ofProduct, ofA * ofB, positions, largestProduct, isGhostSum);
    }
    bounds[i] = (bound ?? (await byPlainLoops(i))) * bounds[i]! ** 2;
  }
  return bounds;
}
