import { afterAll, beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describeOnWebGpu } from '../../testing/describeOnWebGpu.ts';
import { startWebGpu } from '../../testing/startWebGpu.ts';

/** Small whole numbers, whose sums are exact. */
const whole = (shape: number[], seed: number) =>
  tf.tensor(
    Float32Array.from(
      { length: tf.util.sizeFromShape(shape) },
      (_, i) => ((i * 7919 + seed * 104729) % 23) - 11,
    ),
    shape,
  );

describeOnWebGpu('gradients on WebGPU take as many windows as there are output gradients', () => {
  beforeAll(startWebGpu);
  afterAll(() => tf.setBackend('cpu'));

  async function run(backend: string, kernel: string, inputs: () => object, attributes: object) {
    await tf.setBackend(backend);
    const operands = inputs() as tf.NamedTensorMap;
    const attrs = attributes as unknown as tf.NamedAttrMap;
    const result = tf.engine().runKernel<tf.Tensor>(kernel, operands, attrs);
    return [...(await result.data())];
  }

  const images = () => whole([3, 4, 5, 2], 1);
  const gradients = (channels: number) => whole([3, 3, 3, channels], 3);

  it.each([
    [
      'Conv2DBackpropFilter',
      () => ({ x: images(), dy: gradients(3) }),
      { filterShape: [2, 1, 2, 3], dataFormat: 'NHWC' },
    ],
    [
      'MaxPoolGrad',
      () => ({ dy: gradients(2), input: images(), output: gradients(2) }),
      { filterSize: [2, 1] },
    ],
  ])('%s', async (kernel, inputs, more) => {
    // Rounded upwards there are 3 windows on each axis: TensorFlow.js tells gradients nothing of
    // it.
    const attributes = (bottom: number, right: number) => ({
      ...more,
      strides: [3, 3],
      pad: [
        [0, 0],
        [1, bottom],
        [0, right],
        [0, 0],
      ],
    });
    const expected = await run('cpu', kernel, inputs, attributes(3, 2));
    expect(await run('webgpu', kernel, inputs, attributes(2, 1))).toEqual(expected);
  });
});
