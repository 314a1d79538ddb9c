import { afterAll, beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { SeededRandom, uniformInteger } from '@dpquant/random';
import { describeOnWebGpu } from '../../testing/describeOnWebGpu.ts';
import { startWebGpu } from '../../testing/startWebGpu.ts';

type Shape4D = [number, number, number, number];

describeOnWebGpu('MaxPoolGrad on WebGPU', () => {
  beforeAll(startWebGpu);
  afterAll(() => tf.setBackend('cpu'));

  /** Whole numbers, so that sums are exact. */
  const integers = (shape: number[], largest: number, offset: number) => {
    const random = new SeededRandom(largest, 'pooling');
    const size = tf.util.sizeFromShape(shape);
    return Float32Array.from({ length: size }, () => uniformInteger(random, largest) + offset);
  };

  async function gradient(
    backend: string,
    shape: Shape4D,
    attributes: {
      filterSize: number | [number, number];
      strides: number;
      pad: 'same' | 'valid' | number;
    },
  ): Promise<number[]> {
    await tf.setBackend(backend);
    const { filterSize, strides, pad } = attributes;
    const info = tf.backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad);
    const before = tf.memory().numTensors;
    // Negative throughout, with many ties: the backend's own kernel fails on both.
    const input = tf.tensor(integers(shape, 4, -20), shape);
    const dy = tf.tensor(integers(info.outShape, 23, -11), info.outShape);
    const output = tf.maxPool(input as tf.Tensor4D, filterSize, strides, pad);
    const dx = tf.engine().runKernel<tf.Tensor>('MaxPoolGrad', { dy, input, output }, attributes);
    const values = [...(await dx.data())];
    tf.dispose([input, dy, output, dx]);
    expect(tf.memory().numTensors).toBe(before);
    return values;
  }

  it.each([
    [[2, 6, 7, 3], { filterSize: 2, strides: 2, pad: 'valid' }],
    [[2, 6, 7, 3], { filterSize: 3, strides: 1, pad: 'same' }],
    [[1, 5, 5, 2], { filterSize: 2, strides: 3, pad: 'valid' }],
    [[1, 9, 8, 1], { filterSize: [3, 2], strides: 2, pad: 'same' }],
    [[1, 5, 6, 2], { filterSize: 3, strides: 2, pad: 1 }],
  ] as [Shape4D, Parameters<typeof gradient>[2]][])(
    'equals the cpu backend on %j, %j',
    async (shape, attributes) => {
      const expected = await gradient('cpu', shape, attributes);
      expect(await gradient('webgpu', shape, attributes)).toEqual(expected);
    },
  );
});
