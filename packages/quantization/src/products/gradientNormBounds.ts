import { usingExampleScales, type ReadOperand } from '../operand.ts';
import {
  gradientNormBound,
  gradientNormBoundOf,
  type GradientFormation,
  type NormOrigin,
} from './gradientNorm.ts';
import { areIntegers, largestCodeProduct } from './integerOperations.ts';
import { combineScales } from './scales.ts';
import { usesGhostNorm, type NormMethod } from './squaredNorms.ts';
import {
  squaredNormsByKernel,
  type NormKernelOptions,
  type SquaredNorms,
} from './squaredNormsByKernel.ts';

/** Sums of integers up to this value are exact in float32, in any order. */
const exactIntegers = 2 ** 24;

export interface GradientNormOptions extends NormKernelOptions {
  /** The one of `roundedSumOperations` that sums the gradients, if the backend has it. */
  readonly sum: { hasKernel(): boolean };
  readonly method: NormMethod | undefined;
  /** A of one example, from the values of all examples. */
  readonly inputsOf: (values: Float32Array, example: number) => Float32Array;
}

/**
 * For every example an upper bound of ‖g‖², where g are the float32 values of its gradient AᵀB that
 * `roundedSum` rounds and sums (see `gradientNormBoundOf`), by the backend's kernel if it has one.
 */
export async function gradientNormBounds(
  inputs: ReadOperand,
  outputGradients: ReadOperand,
  options: GradientNormOptions,
): Promise<Float64Array> {
  return usingExampleScales(inputs, outputGradients, (a, dy) => boundsOf(a, dy, options));
}

/** The same for operands without scales or with scales per example. */
async function boundsOf(
  a: ReadOperand,
  dy: ReadOperand,
  options: GradientNormOptions,
): Promise<Float64Array> {
  const { sizes, method, inputsOf, sum } = options;
  const { positions, p, d } = sizes;
  const isExactInFloat32 = positions * largestCodeProduct(a, dy) <= exactIntegers;
  const isSumByKernel = sum.hasKernel();
  const isSumOfIntegers = isSumByKernel && positions > 1 && areIntegers(a, dy, positions);
  const formation: GradientFormation = {
    sizes,
    isExactInFloat32,
    isSumExact: isExactInFloat32 || isSumOfIntegers,
  };
  // Read on demand, since it copies all values.
  let values: Promise<[Float32Array, Float32Array]> | null = null;
  const byPlainLoops = async (i: number) => {
    values ??= Promise.all([a.codes.data<'float32'>(), dy.codes.data<'float32'>()]);
    const [allInputs, allGradients] = await values;
    const gradients = allGradients.subarray(i * positions * d, (i + 1) * positions * d);
    return gradientNormBound(inputsOf(allInputs, i), gradients, formation, method);
  };
  const hints = {
    isGhost: usesGhostNorm(method ?? 'cheaper', sizes),
    areIntegers: areIntegers(a, dy, positions) && areIntegers(a, a, p) && areIntegers(dy, dy, d),
  };
  const norms = await squaredNormsByKernel({ a: a.codes, dy: dy.codes }, hints, options);
  const originOf = ({ isFloat64, isGhostSum }: SquaredNorms): NormOrigin => {
    if (isGhostSum) return 'ghost';
    if (isExactInFloat32 || hints.areIntegers) return 'exact';
    return isFloat64 && isSumByKernel && !isSumOfIntegers ? 'summed' : 'float32';
  };
  const bounds = combineScales(a.scales, dy.scales, a.codes.shape[0]);
  for (let i = 0; i < bounds.length; i++) {
    let bound: number | null = null;
    if (norms) {
      const { values: squared } = norms;
      const factors = { ofA: squared[3 * i + 1]!, ofB: squared[3 * i + 2]! };
      // A device may have overflowed in float32.
      if (Number.isFinite(factors.ofA * factors.ofB)) {
        bound = gradientNormBoundOf(squared[3 * i]!, factors, originOf(norms), formation);
      }
    }
    bounds[i] = (bound ?? (await byPlainLoops(i))) * bounds[i]! ** 2;
  }
  return bounds;
}
