import * as tf from '@tensorflow/tfjs-core';
import type { Shape4D, WindowAttributes } from '@dpquant/operations';
import { SeededRandom, uniformInteger } from '@dpquant/random';
import { normal } from './normal.ts';

/** The geometry of a convolution, and values for its operands. */
export interface Convolution extends WindowAttributes {
  readonly name: string;
  readonly inputShape: Shape4D;
  readonly filterShape: Shape4D;
  readonly dilations: 1;
  readonly info: tf.backend_util.Conv2DInfo;
}

function convolution(
  inputShape: Shape4D,
  filterShape: Shape4D,
  strides: [number, number],
  pad: WindowAttributes['pad'],
  dimRoundingMode?: WindowAttributes['dimRoundingMode'],
): Convolution {
  const info = tf.backend_util.computeConv2DInfo(
    inputShape,
    filterShape,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const name =
    `[${inputShape}] with [${filterShape}], strides ${strides}, ` +
    `padding ${JSON.stringify(pad)} ${dimRoundingMode ?? ''}`;
  const rounding = dimRoundingMode === undefined ? {} : { dimRoundingMode };
  return { name, inputShape, filterShape, strides, pad, ...rounding, dilations: 1, info };
}

const random = new SeededRandom(11, 'convolutions');
const upTo = (limit: number) => 1 + uniformInteger(random, limit);

/** Shapes at and around the sizes of blocks, every padding, and random ones. */
export const convolutions: readonly Convolution[] = [
  convolution([3, 8, 8, 64], [3, 3, 64, 20], [1, 1], 'same'),
  convolution([2, 7, 9, 30], [3, 3, 30, 17], [2, 2], 'same'),
  convolution([2, 5, 5, 261], [1, 1, 261, 9], [1, 1], 'valid'),
  convolution([2, 5, 6, 40], [2, 3, 40, 261], [1, 2], 'valid'),
  convolution([1, 3, 300, 3], [3, 3, 3, 4], [1, 1], 'same'),
  convolution([5, 28, 28, 1], [8, 8, 1, 16], [2, 2], 'same'),
  convolution([9, 1, 1, 12], [1, 1, 12, 10], [1, 1], 'valid'),
  convolution([2, 6, 6, 1], [3, 3, 1, 1], [1, 1], 'same'),
  convolution([2, 9, 8, 4], [3, 3, 4, 8], [2, 3], 1, 'floor'),
  convolution([2, 9, 8, 4], [3, 3, 4, 8], [2, 3], 1, 'ceil'),
  convolution(
    [2, 6, 7, 5],
    [3, 2, 5, 6],
    [1, 1],
    [
      [0, 0],
      [2, 0],
      [1, 3],
      [0, 0],
    ],
  ),
  convolution([0, 5, 5, 3], [3, 3, 3, 4], [1, 1], 'same'),
  ...Array.from({ length: 40 }, (_, i) => {
    const [height, width, channels] = [upTo(11), upTo(11), upTo(9)];
    const filter = [upTo(Math.min(height, 5)), upTo(Math.min(width, 5)), channels, upTo(19)];
    return convolution(
      [upTo(3), height, width, channels],
      filter as Shape4D,
      [upTo(3), upTo(3)],
      i % 2 === 0 ? 'same' : 'valid',
    );
  }),
];

/** Normal values, or small whole numbers, whose sums are exact. */
export function operandValues(shape: readonly number[], seed: number, areWhole = false) {
  const values = normal(tf.util.sizeFromShape([...shape]), seed);
  return areWhole ? values.map((x) => Math.round(4 * x)) : values;
}

/** Sums of products in float64, sums of their magnitudes, and the number of terms of each. */
export class ProductSums {
  readonly sums: Float64Array;
  readonly magnitudes: Float64Array;
  readonly counts: Float64Array;

  constructor(size: number) {
    this.sums = new Float64Array(size);
    this.magnitudes = new Float64Array(size);
    this.counts = new Float64Array(size);
  }

  add(index: number, product: number): void {
    this.sums[index]! += product;
    this.magnitudes[index]! += Math.abs(product);
    this.counts[index]! += 1;
  }

  /**
   * Largest error in 2⁻²⁴ of a term's magnitude, times the number of terms: at most 1 in float32.
   */
  largestError(found: ArrayLike<number>): number {
    if (found.length !== this.sums.length) return Infinity;
    let largest = 0;
    for (let i = 0; i < found.length; i++) {
      const bound = this.counts[i]! * this.magnitudes[i]! * 2 ** -24;
      const error = Math.abs(found[i]! - this.sums[i]!);
      // An empty sum has to be zero.
      const relative = error === 0 ? 0 : error / bound;
      if (!(relative <= largest)) largest = relative;
    }
    return largest;
  }
}

/**
 * Calls `visit` for every product of a convolution with the indices of output, input and weight.
 */
export function forEachProduct(
  info: tf.backend_util.Conv2DInfo,
  visit: (output: number, input: number, weight: number) => void,
): void {
  const { inHeight, inWidth, inChannels, outChannels, filterHeight, filterWidth } = info;
  let window = 0;
  for (let n = 0; n < info.batchSize; n++) {
    for (let outY = 0; outY < info.outHeight; outY++) {
      for (let outX = 0; outX < info.outWidth; outX++, window++) {
        for (let tap = 0; tap < filterHeight * filterWidth; tap++) {
          const y = outY * info.strideHeight - info.padInfo.top + Math.floor(tap / filterWidth);
          const x = outX * info.strideWidth - info.padInfo.left + (tap % filterWidth);
          if (y < 0 || y >= inHeight || x < 0 || x >= inWidth) continue;
          const pixel = ((n * inHeight + y) * inWidth + x) * inChannels;
          for (let i = 0; i < inChannels; i++) {
            for (let o = 0; o < outChannels; o++) {
              visit(window * outChannels + o, pixel + i, (tap * inChannels + i) * outChannels + o);
            }
          }
        }
      }
    }
  }
}
