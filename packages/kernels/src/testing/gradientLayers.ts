import { matMulTerms, type ProductTerms } from '@dpquant/quantization';
import { convolutionCase } from './integers.ts';

/** A layer whose weight gradients are computed. */
export interface GradientLayer {
  readonly name: string;
  /** Name of the integer operation for it. */
  readonly gradient: 'matMulWeightGradient' | 'conv2dWeightGradient';
  /** Name of its input in operations. */
  readonly inputName: 'a' | 'x';
  readonly terms: ProductTerms;
  /** The first axis is the examples. */
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  readonly gradientShape: readonly number[];
  readonly attributes: object;
}

export function denseLayer(n: number, positions: number, p: number, d: number): GradientLayer {
  return {
    name: `matMul of ${n}·${positions} rows, ${p}×${d}`,
    gradient: 'matMulWeightGradient',
    inputName: 'a',
    terms: matMulTerms(positions, p, d),
    inputShape: [n, positions, p],
    outputShape: [n, positions, d],
    gradientShape: [p, d],
    attributes: {},
  };
}

export function convolutionLayer(...given: Parameters<typeof convolutionCase>): GradientLayer {
  const test = convolutionCase(...given);
  const { strides, pad, filterShape } = test;
  return {
    ...test,
    gradient: 'conv2dWeightGradient',
    inputName: 'x',
    gradientShape: filterShape,
    attributes: { strides, pad, filterShape },
  };
}

/**
 * Layers with several positions. The number of examples is even: a value that is not finite may
 * become −2³¹, and an even number of these, beside an example, would sum to zero in 32 bits.
 */
export const gradientLayers: readonly GradientLayer[] = [
  denseLayer(4, 5, 5, 3),
  denseLayer(4, 33, 36, 68),
  // So many tiles that parts have several examples.
  denseLayer(6, 2, 5480, 3),
  convolutionLayer([4, 9, 9, 4], [3, 3, 4, 72], [1, 1], 'same'),
  convolutionLayer([4, 7, 6, 3], [3, 2, 3, 8], [2, 1], 'same'),
  convolutionLayer([2, 8, 8, 4], [1, 1, 4, 8], [3, 2], 'valid'),
];
