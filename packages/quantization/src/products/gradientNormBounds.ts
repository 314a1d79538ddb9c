import { withExampleScales, type ReadOperand } from '../operand.ts';
import { gradientNormBound, gradientNormBoundOf, longestInputsSquared } from './gradientNorm.ts';
import { areIntegers, largestCodeProduct } from './integerOperations.ts';
import { combineScales } from './scales.ts';
import { usesGhostNorm, type NormMethod } from './squaredNorms.ts';
import { squaredNormsByKernel, type NormKernelOptions } from './squaredNormsByKernel.ts';

export interface GradientNormOptions extends NormKernelOptions {
  readonly method: NormMethod | undefined;
  /** A of one example, from the values of all. */
  readonly inputsOf: (values: Float32Array, example: number) => Float32Array;
}

/**
 * For every example an upper bound of ‖AᵀB‖² (see `gradientNormBound`), by the backend's kernel if
 * it has one.
 */
export async function gradientNormBounds(
  inputs: ReadOperand,
  outputGradients: ReadOperand,
  options: GradientNormOptions,
): Promise<Float64Array> {
  const [a, dy] = [withExampleScales(inputs), withExampleScales(outputGradients)];
  try {
    return await boundsOf(a, dy, options);
  } finally {
    // What was dequantized; otherwise the codes are the operand's own.
    if (a.codes !== inputs.codes) a.codes.dispose();
    if (dy.codes !== outputGradients.codes) dy.codes.dispose();
  }
}

/** The same of operands whose scales, if any, are examples'. */
async function boundsOf(
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
  const hints = {
    isGhost,
    areIntegers: areIntegers(a, dy, positions) && areIntegers(a, a, p) && areIntegers(dy, dy, d),
  };
  const norms = await squaredNormsByKernel({ a: a.codes, dy: dy.codes }, hints, options);
  const bounds = combineScales(a.scales, dy.scales, a.codes.shape[0]);
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
