import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type { Shape4D } from '@dpquant/operations';
import { SeededRandom, uniformInteger } from '@dpquant/random';
import { operandValues, ProductSums } from '../../testing/convolutions.ts';
import { growMemory, runOnWasm } from '../../testing/runOnWasm.ts';
import { startWasm } from '../../testing/startWasm.ts';
import { depthwiseFilterGradient, depthwiseInputGradient } from './depthwiseConv2dBackprop.ts';

beforeAll(startWasm);
afterAll(() => tf.setBackend('cpu'));

interface Case {
  readonly inputShape: Shape4D;
  readonly filterShape: Shape4D;
  readonly strides: [number, number];
  readonly dilations: [number, number];
  readonly pad: 'same' | 'valid';
}

const random = new SeededRandom(5, 'depthwise');
const upTo = (limit: number) => 1 + uniformInteger(random, limit);
const cases: Case[] = [
  {
    inputShape: [2, 9, 7, 8],
    filterShape: [3, 3, 8, 1],
    strides: [1, 1],
    dilations: [2, 2],
    pad: 'same',
  },
  {
    inputShape: [2, 8, 9, 5],
    filterShape: [3, 2, 5, 1],
    strides: [1, 1],
    dilations: [2, 3],
    pad: 'valid',
  },
  {
    inputShape: [0, 5, 5, 3],
    filterShape: [3, 3, 3, 2],
    strides: [1, 1],
    dilations: [1, 1],
    pad: 'same',
  },
  ...Array.from({ length: 16 }, (_, i): Case => {
    const [height, width, channels, stride] = [upTo(9), upTo(9), upTo(9), upTo(3)];
    return {
      inputShape: [upTo(3), height, width, channels],
      filterShape: [upTo(Math.min(4, height)), upTo(Math.min(4, width)), channels, 1 + (i % 3)],
      strides: [stride, stride],
      dilations: [1, 1],
      pad: i % 2 === 0 ? 'same' : 'valid',
    };
  }),
];

const infoOf = ({ inputShape, filterShape, strides, dilations, pad }: Case) =>
  tf.backend_util.computeConv2DInfo(
    inputShape,
    filterShape,
    strides,
    dilations,
    pad,
    undefined,
    true,
  );

/** Calls `visit` for every product with the indices of output, input and weight. */
function forEachProduct(
  test: Case,
  visit: (output: number, input: number, weight: number) => void,
): void {
  const info = infoOf(test);
  const [height, width, channels, multiplier] = test.filterShape;
  let output = 0;
  for (let window = 0; window < info.batchSize * info.outHeight * info.outWidth; window++) {
    const image = Math.floor(window / (info.outHeight * info.outWidth));
    const top = (Math.floor(window / info.outWidth) % info.outHeight) * info.strideHeight;
    const left = (window % info.outWidth) * info.strideWidth;
    for (let column = 0; column < channels * multiplier; column++, output++) {
      for (let tap = 0; tap < height * width; tap++) {
        const y = top - info.padInfo.top + Math.floor(tap / width) * info.dilationHeight;
        const x = left - info.padInfo.left + (tap % width) * info.dilationWidth;
        if (y < 0 || y >= info.inHeight || x < 0 || x >= info.inWidth) continue;
        const pixel = (image * info.inHeight + y) * info.inWidth + x;
        const input = pixel * channels + Math.floor(column / multiplier);
        visit(output, input, tap * channels * multiplier + column);
      }
    }
  }
}

function run(test: Case, x: Float32Array, w: Float32Array, dy: Float32Array) {
  const gradients = { values: dy, shape: infoOf(test).outShape };
  const dx = runOnWasm([gradients, { values: w, shape: test.filterShape }], (backend, [a, b]) =>
    depthwiseInputGradient(backend, a!, b!, test),
  );
  const dw = runOnWasm([{ values: x, shape: test.inputShape }, gradients], (backend, [a, b]) =>
    depthwiseFilterGradient(backend, a!, b!, test),
  );
  return { dx, dw };
}

describe.each(cases)(
  'depthwise gradients of $inputShape with $filterShape, strides $strides, dilations $dilations, $pad',
  (test) => {
    it.each([false, true])('equal plain loops (whole numbers: %s)', (areWhole) => {
      const x = operandValues(test.inputShape, 1, areWhole);
      const w = operandValues(test.filterShape, 2, areWhole);
      const dy = operandValues(infoOf(test).outShape, 3, areWhole);
      const { dx, dw } = run(test, x, w, dy);
      const ofInput = new ProductSums(x.length);
      const ofFilter = new ProductSums(w.length);
      forEachProduct(test, (output, input, weight) => {
        ofInput.add(input, dy[output]! * w[weight]!);
        ofFilter.add(weight, dy[output]! * x[input]!);
      });
      expect(ofInput.largestError(dx)).toBeLessThanOrEqual(areWhole ? 0 : 1);
      expect(ofFilter.largestError(dw)).toBeLessThanOrEqual(areWhole ? 0 : 1);
    });
  },
);

it('gives the same result after the memory has grown', () => {
  const test = cases[0]!;
  const operands = [
    operandValues(test.inputShape, 1),
    operandValues(test.filterShape, 2),
    operandValues(infoOf(test).outShape, 3),
  ] as const;
  const before = run(test, ...operands);
  growMemory();
  expect(run(test, ...operands)).toEqual(before);
});
