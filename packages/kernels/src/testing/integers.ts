import * as tf from '@tensorflow/tfjs-core';
import type { Shape4D } from '@dpquant/operations';
import { conv2dTerms, type ProductTerms } from '@dpquant/quantization';
import { SeededRandom, uniformInteger } from '@dpquant/random';

export type Codes = 'random' | 'largest' | 'luq-fp4' | 'int4' | 'largest int4' | 'largest luq-fp4';

const levels = [0, 1, -1, 2, -2, 4, -4, 8, -8, 16, -16, 32, -32, 64, -64];

/**
 * Whole numbers from −127 to 127; all 127 with signs that add up; codes of LUQ-FP4 and INT4; their
 * extremes.
 */
export function codesOf(kind: Codes, count: number, seed: number): Int8Array {
  const random = new SeededRandom(seed, 'codes');
  return Int8Array.from({ length: count }, () => {
    if (kind === 'largest') return 127;
    if (kind === 'luq-fp4') return levels[uniformInteger(random, levels.length)]!;
    if (kind === 'int4') return uniformInteger(random, 15) - 7;
    if (kind === 'largest int4') return -7;
    if (kind === 'largest luq-fp4') return uniformInteger(random, 64) === 0 ? 64 : -64;
    return uniformInteger(random, 255) - 127;
  });
}

/** A convolution as attributes, geometry and terms. */
export interface ConvolutionCase {
  readonly name: string;
  readonly inputShape: Shape4D;
  readonly filterShape: Shape4D;
  readonly outputShape: Shape4D;
  readonly strides: [number, number];
  readonly pad: 'same' | 'valid';
  readonly terms: ProductTerms;
}

export function convolutionCase(
  inputShape: Shape4D,
  filterShape: Shape4D,
  strides: [number, number],
  pad: 'same' | 'valid',
): ConvolutionCase {
  const info = tf.backend_util.computeConv2DInfo(inputShape, filterShape, strides, 1, pad);
  const [, height, width, channels] = inputShape;
  return {
    name: `[${inputShape}], filter [${filterShape}], strides [${strides}], ${pad}`,
    inputShape,
    filterShape,
    outputShape: info.outShape,
    strides,
    pad,
    terms: conv2dTerms({
      input: [height, width, channels],
      filter: filterShape,
      strides,
      padding: pad,
    }),
  };
}

/** Convolutions of all kinds: odd sizes, strides beyond the filter, filters beyond the image. */
export function convolutionCases(count: number): ConvolutionCase[] {
  const random = new SeededRandom(11, 'convolutions');
  const upTo = (limit: number) => 1 + uniformInteger(random, limit);
  const cases = [
    convolutionCase([3, 12, 12, 8], [3, 3, 8, 16], [1, 1], 'same'),
    convolutionCase([2, 9, 7, 4], [3, 3, 4, 5], [2, 2], 'same'),
    convolutionCase([2, 28, 28, 1], [8, 8, 1, 16], [2, 2], 'same'),
    convolutionCase([2, 2, 2, 3], [5, 5, 3, 2], [1, 1], 'same'),
    convolutionCase([2, 8, 8, 4], [1, 1, 4, 8], [3, 2], 'valid'),
    convolutionCase([5, 4, 4, 60], [3, 3, 60, 33], [1, 1], 'same'),
    convolutionCase([2, 6, 6, 5], [2, 3, 5, 7], [5, 4], 'same'),
    convolutionCase([3, 5, 5, 16], [5, 5, 16, 9], [1, 1], 'valid'),
    convolutionCase([1, 1, 1, 1], [1, 1, 1, 1], [1, 1], 'valid'),
  ];
  for (let i = 0; i < count; i++) {
    const [height, width, channels] = [upTo(11), upTo(11), upTo(9)];
    const filter: Shape4D = [
      upTo(Math.min(height, 5)),
      upTo(Math.min(width, 5)),
      channels,
      upTo(17),
    ];
    const pad = i % 2 === 0 ? 'same' : 'valid';
    cases.push(
      convolutionCase([upTo(4), height, width, channels], filter, [upTo(3), upTo(3)], pad),
    );
  }
  return cases;
}

/** The bits of float32 values; all NaN have the same bits. */
export function bitsOf(values: ArrayLike<number>): Int32Array {
  return new Int32Array(Float32Array.from(values, (x) => (Number.isNaN(x) ? NaN : x)).buffer);
}
