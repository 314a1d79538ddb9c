import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type { Shape4D } from '@dpquant/operations';
import { startWasm } from '../../testing/startWasm.ts';

beforeAll(startWasm);
afterAll(() => tf.setBackend('cpu'));

const shapeOfImages: Shape4D = [3, 4, 5, 2];
const window: [number, number] = [2, 1];
const strides: [number, number] = [3, 3];
/** Rounded upwards, a last window of each axis begins in the padding or reaches beyond it. */
const pad: [[number, number], [number, number], [number, number], [number, number]] = [
  [0, 0],
  [1, 2],
  [0, 1],
  [0, 0],
];
/** The padding that gives as many windows without rounding. */
const exact = [pad[0], [1, 3], [0, 2], pad[3]];

function whole(shape: number[], seed: number): tf.Tensor4D {
  const values = Float32Array.from(
    { length: tf.util.sizeFromShape(shape) },
    (_, i) => ((i * 7919 + seed * 104729) % 23) - 11,
  );
  return tf.tensor(values, shape as Shape4D);
}

async function run(backend: string, kernel: string, inputs: () => object, attributes: object) {
  await tf.setBackend(backend);
  const operands = inputs() as tf.NamedTensorMap;
  const attrs = attributes as unknown as tf.NamedAttrMap;
  const result = tf.engine().runKernel<tf.Tensor>(kernel, operands, attrs);
  return { shape: result.shape, values: [...result.dataSync()] };
}

describe('gradients use as many windows as there are output gradients', () => {
  const filterShape: Shape4D = [...window, 2, 3];
  const rows = 3;
  const columns = 3;
  const images = () => whole(shapeOfImages, 1);
  const filter = () => whole(filterShape, 2);
  const gradients = (channels: number) => whole([3, rows, columns, channels], 3);
  const pooling = { filterSize: window };

  it.each([
    [
      'Conv2DBackpropInput',
      () => ({ dy: gradients(3), filter: filter() }),
      { inputShape: shapeOfImages },
    ],
    ['Conv2DBackpropFilter', () => ({ x: images(), dy: gradients(3) }), { filterShape }],
    [
      'DepthwiseConv2dNativeBackpropInput',
      () => ({ dy: gradients(6), filter: filter() }),
      { inputShape: shapeOfImages, dilations: 1 },
    ],
    [
      'DepthwiseConv2dNativeBackpropFilter',
      () => ({ x: images(), dy: gradients(6) }),
      { filterShape, dilations: 1 },
    ],
    ['MaxPoolGrad', () => ({ dy: gradients(2), input: images(), output: gradients(2) }), pooling],
    ['AvgPoolGrad', () => ({ dy: gradients(2), input: images() }), pooling],
  ])('%s', async (kernel, inputs, more) => {
    // TensorFlow.js tells gradients nothing of the rounding.
    const attributes = { ...more, strides, pad, dataFormat: 'NHWC' };
    const expected = await run('cpu', kernel, inputs, { ...attributes, pad: exact });
    const found = await run('wasm', kernel, inputs, attributes);
    expect(found.shape).toEqual(expected.shape);
    found.values.forEach((value, i) => expect(value).toBeCloseTo(expected.values[i]!, 4));
  });

  it('tf.fused.conv2d does not mix examples', async () => {
    await tf.setBackend('wasm');
    const dimRoundingMode = 'ceil';
    const gradientsOf = (x: tf.Tensor, dy: tf.Tensor) =>
      tf.grads((a: tf.Tensor, w: tf.Tensor) =>
        tf.fused.conv2d({
          x: a as tf.Tensor4D,
          filter: w as tf.Tensor4D,
          ...{ strides, pad, dimRoundingMode },
        }),
      )([x, filter()], dy);
    const [dx, dw] = gradientsOf(images(), gradients(3));
    const dys = tf.split(gradients(3), 3);
    const alone = tf.split(images(), 3).map((x, i) => gradientsOf(x, dys[i]!));
    expect([...dx!.dataSync()]).toEqual(alone.flatMap(([each]) => [...each!.dataSync()]));
    const total = tf.addN(alone.map(([, each]) => each!));
    expect([...dw!.dataSync()]).toEqual([...total.dataSync()]);
  });
});
