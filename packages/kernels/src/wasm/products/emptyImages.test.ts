import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { startWasm } from '../../testing/startWasm.ts';

beforeAll(startWasm);
afterAll(() => tf.setBackend('cpu'));

async function run(backend: string, kernel: string, inputs: () => object, attributes: object) {
  await tf.setBackend(backend);
  const operands = inputs() as tf.NamedTensorMap;
  const attrs = attributes as unknown as tf.NamedAttrMap;
  const result = tf.engine().runKernel<tf.Tensor>(kernel, operands, attrs);
  return { shape: result.shape, values: [...result.dataSync()] };
}

/** Freed memory of these sizes holds other numbers than zeros. */
function fillFreeMemory(sizes: number[]): void {
  tf.dispose(sizes.map((size) => tf.fill([size], 777)));
}

describe('empty images with padding', () => {
  const padding: [[number, number], [number, number], [number, number], [number, number]] = [
    [0, 0],
    [1, 1],
    [2, 2],
    [0, 0],
  ];
  const attributes = { strides: [1, 1], pad: padding, dilations: [1, 1], dataFormat: 'NHWC' };
  const fused = { ...attributes, activation: 'relu' };
  const pooling = { filterSize: [2, 2], strides: [1, 1], pad: padding };
  /** Less padding than a window is large, which the backend's own kernel takes elsewhere. */
  const narrow = { ...pooling, pad: [padding[0], [1, 1], [1, 1], padding[3]] };
  const filterShape: [number, number, number, number] = [2, 2, 2, 3];
  const filter = (channelsOut = 3) => tf.ones<tf.Rank.R4>([2, 2, 2, channelsOut]);
  const bias = () => tf.tensor1d([1, -2, 3]);
  const gradients = (channels: number) => tf.ones([2, 1, 8, channels]);
  const pooled = () => ({ dy: gradients(2), input: tf.zeros([2, 0, 5, 2]), output: gradients(2) });

  it.each([
    ['Conv2D', [0, 5], () => ({ filter: filter() }), attributes],
    ['Conv2D', [5, 0], () => ({ filter: filter() }), attributes],
    ['Conv2D', [0, 4000], () => ({ filter: filter(33) }), attributes],
    ['FusedConv2D', [0, 5], () => ({ filter: filter(), bias: bias() }), fused],
    [
      'FusedConv2D',
      [5, 0],
      () => ({ filter: filter(), bias: bias() }),
      { ...fused, activation: 'linear' },
    ],
    ['DepthwiseConv2dNative', [0, 5], () => ({ filter: filter() }), attributes],
    ['FusedDepthwiseConv2D', [0, 5], () => ({ filter: filter(), bias: tf.range(-3, 3) }), fused],
    ['AvgPool', [0, 5], () => ({}), narrow],
    ['AvgPool', [5, 0], () => ({}), narrow],
    ['MaxPool', [0, 5], () => ({}), narrow],
    ['Conv2DBackpropFilter', [0, 5], () => ({ dy: gradients(3) }), { ...attributes, filterShape }],
    [
      'DepthwiseConv2dNativeBackpropFilter',
      [0, 5],
      () => ({ dy: gradients(6) }),
      { ...attributes, filterShape },
    ],
    [
      'Conv2DBackpropInput',
      [0, 5],
      () => ({ dy: gradients(3), filter: filter() }),
      { ...attributes, inputShape: [2, 0, 5, 2] },
    ],
    ['AvgPoolGrad', [0, 5], pooled, pooling],
    ['MaxPoolGrad', [0, 5], pooled, pooling],
  ])('%s on %j equals the cpu backend', async (kernel, [height, width], more, attrs) => {
    const inputs = () => ({ x: tf.zeros([2, height!, width!, 2]), ...more() });
    const expected = await run('cpu', kernel, inputs, attrs);
    await tf.setBackend('wasm');
    const size = tf.util.sizeFromShape(expected.shape);
    fillFreeMemory([size, size, size, size]);
    const found = await run('wasm', kernel, inputs, attrs);
    expect(found).toEqual(expected);
  });

  it('leaks no tensor', async () => {
    await tf.setBackend('wasm');
    const x = tf.zeros<tf.Rank.R4>([1, 0, 5, 2]);
    const w = filter();
    const before = tf.memory().numTensors;
    tf.depthwiseConv2d(x, w, 1, padding).dispose();
    tf.fused.conv2d({ x, filter: w, strides: 1, pad: padding }).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

it('images without channels give the bias alone', async () => {
  await tf.setBackend('wasm');
  fillFreeMemory([27, 27, 27]);
  const inputs = () => ({
    x: tf.zeros([1, 3, 3, 0]),
    filter: tf.zeros([2, 2, 0, 3]),
    bias: tf.tensor1d([1, -2, 3]),
  });
  const attributes = { strides: 1, pad: 'same', dataFormat: 'NHWC', activation: 'relu' };
  const { shape, values } = await run('wasm', 'FusedConv2D', inputs, attributes);
  expect(shape).toEqual([1, 3, 3, 3]);
  expect(values).toEqual(Array.from({ length: 9 }, () => [1, 0, 3]).flat());
});
