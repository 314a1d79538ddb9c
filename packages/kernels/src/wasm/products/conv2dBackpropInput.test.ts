import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import {
  convolutions,
  forEachProduct,
  operandValues,
  ProductSums,
  type Convolution,
} from '../../testing/convolutions.ts';
import { growMemory, runOnWasm } from '../../testing/runOnWasm.ts';
import { startWasm } from '../../testing/startWasm.ts';
import { conv2dBackpropInput } from './conv2dBackpropInput.ts';

beforeAll(startWasm);
afterAll(() => tf.setBackend('cpu'));

function run(test: Convolution, dy: Float32Array, w: Float32Array) {
  return runOnWasm(
    [
      { values: dy, shape: test.info.outShape },
      { values: w, shape: test.filterShape },
    ],
    (backend, [gradients, filter]) => conv2dBackpropInput(backend, gradients!, filter!, test),
  );
}

function oracle({ info, inputShape }: Convolution, dy: Float32Array, w: Float32Array) {
  const sums = new ProductSums(tf.util.sizeFromShape(inputShape));
  forEachProduct(info, (output, input, weight) => sums.add(input, dy[output]! * w[weight]!));
  return sums;
}

describe.each(convolutions)('the input gradient of $name', (test) => {
  it.each([false, true])('equals plain loops (whole numbers: %s)', (areWhole) => {
    const w = operandValues(test.filterShape, 1, areWhole);
    const dy = operandValues(test.info.outShape, 2, areWhole);
    const [found, expected] = [run(test, dy, w), oracle(test, dy, w)];
    expect(expected.largestError(found)).toBeLessThanOrEqual(areWhole ? 0 : 1);
  });
});

it('gives the same result after the memory has grown', () => {
  const test = convolutions[0]!;
  const w = operandValues(test.filterShape, 1);
  const dy = operandValues(test.info.outShape, 2);
  const before = run(test, dy, w);
  growMemory();
  expect(run(test, dy, w)).toEqual(before);
});
