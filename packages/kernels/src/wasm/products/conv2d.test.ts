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
import { windowsOf } from './windows.ts';
import { startWasm } from '../../testing/startWasm.ts';
import { conv2d, conv2dWrapper } from './conv2d.ts';

beforeAll(startWasm);
afterAll(() => tf.setBackend('cpu'));

function run({ inputShape, filterShape, info }: Convolution, x: Float32Array, w: Float32Array) {
  return runOnWasm(
    [
      { values: x, shape: inputShape },
      { values: w, shape: filterShape },
    ],
    (backend, [input, filter]) => conv2d(backend, input!, filter!, info),
  );
}

function oracle({ info }: Convolution, x: Float32Array, w: Float32Array): ProductSums {
  const sums = new ProductSums(tf.util.sizeFromShape(info.outShape));
  forEachProduct(info, (output, input, weight) => sums.add(output, x[input]! * w[weight]!));
  return sums;
}

describe.each(convolutions)('the convolution of $name', (test) => {
  it.each([false, true])('equals plain loops (whole numbers: %s)', (areWhole) => {
    const x = operandValues(test.inputShape, 1, areWhole);
    const w = operandValues(test.filterShape, 2, areWhole);
    const [found, expected] = [run(test, x, w), oracle(test, x, w)];
    expect(expected.largestError(found)).toBeLessThanOrEqual(areWhole ? 0 : 1);
  });
});

it('gives each example the same result in any batch', () => {
  const test = convolutions[0]!;
  const [n, ...image] = test.inputShape;
  const x = operandValues(test.inputShape, 1);
  const w = operandValues(test.filterShape, 2);
  const all = run(test, x, w);
  const size = x.length / n;
  for (let i = 0; i < n; i++) {
    const alone = runOnWasm(
      [
        { values: x.slice(i * size, (i + 1) * size), shape: [1, ...image] },
        { values: w, shape: test.filterShape },
      ],
      (backend, [input, filter]) =>
        conv2d(backend, input!, filter!, windowsOf([1, ...image], test.filterShape, test)),
    );
    const outSize = all.length / n;
    expect(alone).toEqual(all.slice(i * outSize, (i + 1) * outSize));
  }
});

it('gives the same result after the memory has grown', () => {
  const test = convolutions[0]!;
  const x = operandValues(test.inputShape, 1);
  const w = operandValues(test.filterShape, 2);
  const before = run(test, x, w);
  growMemory();
  expect(run(test, x, w)).toEqual(before);
});

describe('Conv2D of TensorFlow.js', () => {
  it.each([
    ['large', [4, 16, 16, 8], [3, 3, 8, 32], 1, 1],
    ['small', [1, 5, 5, 2], [3, 3, 2, 3], 1, 1],
    ['dilated', [4, 16, 16, 8], [3, 3, 8, 32], 1, 2],
    ['empty', [0, 16, 16, 8], [3, 3, 8, 32], 1, 1],
  ] as const)(
    'equals the cpu backend, %s',
    async (_, inputShape, filterShape, stride, dilation) => {
      const results: Float32Array[] = [];
      for (const backend of ['wasm', 'cpu']) {
        await tf.setBackend(backend);
        const x = tf.tensor4d(operandValues(inputShape, 1, true), [...inputShape]);
        const filter = tf.tensor4d(operandValues(filterShape, 2, true), [...filterShape]);
        const y = tf.conv2d(x, filter, stride, 'same', 'NHWC', dilation);
        results.push(y.dataSync<'float32'>().slice());
        tf.dispose([x, filter, y]);
      }
      await tf.setBackend('wasm');
      expect(results[0]).toEqual(results[1]);
    },
  );

  it.each([
    ['large', 16, 1, 0],
    ['with few channels out', 8, 1, 1],
    ['dilated', 16, 2, 1],
  ])('calls the stock kernel if that is faster: %s', (_, channels, dilations, calls) => {
    let stockCalls = 0;
    const kernel = conv2dWrapper.wrap(({ inputs }) => {
      stockCalls++;
      return inputs['x']!;
    });
    const inputs = { x: tf.ones([1, 32, 32, 16]), filter: tf.ones([3, 3, 16, channels]) };
    const attrs = { strides: 1, pad: 'same', dilations };
    const result = kernel({ inputs, attrs, backend: tf.backend() });
    expect(stockCalls).toBe(calls);
    if (calls === 0)
      tf.engine()
        .makeTensorFromTensorInfo(result as tf.TensorInfo)
        .dispose();
    tf.dispose(inputs);
  });
});
