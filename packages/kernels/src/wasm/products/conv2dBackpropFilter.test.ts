import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type { Shape4D } from '@dpquant/operations';
import {
  convolutions,
  forEachProduct,
  operandValues,
  ProductSums,
  type Convolution,
} from '../../testing/convolutions.ts';
import { growMemory, runOnWasm } from '../../testing/runOnWasm.ts';
import { startWasm } from '../../testing/startWasm.ts';
import { conv2dBackpropFilter } from './conv2dBackpropFilter.ts';

beforeAll(startWasm);
afterAll(() => tf.setBackend('cpu'));

function run(test: Convolution, x: Float32Array, dy: Float32Array) {
  return runOnWasm(
    [
      { values: x, shape: test.inputShape },
      { values: dy, shape: test.info.outShape },
    ],
    (backend, [input, gradients]) => conv2dBackpropFilter(backend, input!, gradients!, test),
  );
}

function oracle({ info, filterShape }: Convolution, x: Float32Array, dy: Float32Array) {
  const sums = new ProductSums(tf.util.sizeFromShape(filterShape));
  forEachProduct(info, (output, input, weight) => sums.add(weight, x[input]! * dy[output]!));
  return sums;
}

describe.each(convolutions)('the filter gradient of $name', (test) => {
  it.each([false, true])('equals plain loops (whole numbers: %s)', (areWhole) => {
    const x = operandValues(test.inputShape, 1, areWhole);
    const dy = operandValues(test.info.outShape, 2, areWhole);
    const [found, expected] = [run(test, x, dy), oracle(test, x, dy)];
    expect(expected.largestError(found)).toBeLessThanOrEqual(areWhole ? 0 : 1);
  });
});

it('ignores pixels that no window contains', () => {
  const filterShape: Shape4D = [2, 2, 2, 3];
  const x = operandValues([2, 6, 6, 2], 1);
  // The third column of the first row.
  const spoilt = x.slice();
  spoilt[4] = NaN;
  const dy = { values: operandValues([2, 2, 2, 3], 2), shape: [2, 2, 2, 3] };
  const [clean, found] = [x, spoilt].map((values) =>
    runOnWasm([{ values, shape: [2, 6, 6, 2] }, dy], (backend, [input, gradients]) =>
      conv2dBackpropFilter(backend, input!, gradients!, { strides: 3, pad: 'valid', filterShape }),
    ),
  );
  expect(found).toEqual(clean);
});

it('gives the same result after the memory has grown', () => {
  const test = convolutions[0]!;
  const x = operandValues(test.inputShape, 1);
  const dy = operandValues(test.info.outShape, 2);
  const before = run(test, x, dy);
  growMemory();
  expect(run(test, x, dy)).toEqual(before);
});
