import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { addressOf, type WasmBackend } from '../module/wasmBackend.ts';
import { startWasm } from '../../testing/startWasm.ts';
import type { Shape4D } from '@dpquant/operations';
import { imageShape, outputShape, windowGrid, type WindowCase } from '../../testing/windowGrid.ts';
import { conv2d } from './conv2d.ts';

beforeAll(startWasm);
afterAll(() => tf.setBackend('cpu'));

const [channels, channelsOut] = [3, 2];

/** Small whole numbers, whose sums are exact. */
function whole(shape: number[], seed: number, largest = 11): tf.Tensor {
  const values = Float32Array.from(
    { length: tf.util.sizeFromShape(shape) },
    (_, i) => ((i * 7919 + seed * 104729) % 23) + largest - 22,
  );
  return tf.tensor(values, shape);
}

const image = (each: WindowCase) => whole(imageShape(each, channels), 1);
/** Negative values with ties. */
const tied = (each: WindowCase) => tf.floor(tf.div(whole(imageShape(each, channels), 2, 0), 4));
const filter = ({ window }: WindowCase) => whole([...window, channels, channelsOut], 2);
const outputGradient = (each: WindowCase) => whole(outputShape(each, channels, channelsOut), 3);
const pooledGradient = (each: WindowCase) => whole(outputShape(each, channels, channels), 3);

function run(kernel: string, inputs: tf.NamedTensorMap, attributes: object): tf.Tensor {
  const attrs = attributes as unknown as tf.NamedAttrMap;
  return tf.engine().runKernel<tf.Tensor>(kernel, inputs, attrs);
}

const attributesOf = ({ strides, pad, dilation }: WindowCase) => ({
  ...{ strides, pad, dilations: [dilation, dilation], dataFormat: 'NHWC' },
  activation: 'linear',
});

const convolution = (kernel: string) => (each: WindowCase) =>
  run(kernel, { x: image(each), filter: filter(each) }, attributesOf(each));
const isDense = ({ dilation }: WindowCase) => dilation === 1;

const operations: Record<string, (each: WindowCase) => tf.Tensor | null> = {
  Conv2D: convolution('Conv2D'),
  DepthwiseConv2dNative: convolution('DepthwiseConv2dNative'),
  FusedConv2D: (each) =>
    run(
      'FusedConv2D',
      { x: image(each), filter: filter(each), bias: tf.tensor1d([3, -40]) },
      { ...attributesOf(each), activation: 'relu' },
    ),
  FusedDepthwiseConv2D: (each) =>
    run(
      'FusedDepthwiseConv2D',
      { x: image(each), filter: filter(each), bias: tf.tensor1d([3, -40, 9, 0, 2, 5]) },
      { ...attributesOf(each), activation: 'relu' },
    ),
  Conv2DBackpropInput: (each) =>
    isDense(each)
      ? run(
          'Conv2DBackpropInput',
          { dy: outputGradient(each), filter: filter(each) },
          { ...attributesOf(each), inputShape: imageShape(each, channels) },
        )
      : null,
  Conv2DBackpropFilter: (each) =>
    isDense(each)
      ? run(
          'Conv2DBackpropFilter',
          { x: image(each), dy: outputGradient(each) },
          { ...attributesOf(each), filterShape: [...each.window, channels, channelsOut] },
        )
      : null,
  AvgPool: (each) =>
    isDense(each)
      ? tf.avgPool(image(each) as tf.Tensor4D, each.window, each.strides, each.pad)
      : null,
  MaxPool: (each) =>
    isDense(each)
      ? tf.maxPool(tied(each) as tf.Tensor4D, each.window, each.strides, each.pad)
      : null,
  MaxPoolGrad: (each) =>
    isDense(each)
      ? run(
          'MaxPoolGrad',
          { dy: pooledGradient(each), input: tied(each), output: pooledGradient(each) },
          { ...attributesOf(each), filterSize: each.window },
        )
      : null,
  AvgPoolGrad: (each) =>
    isDense(each)
      ? run(
          'AvgPoolGrad',
          { dy: pooledGradient(each), input: image(each) },
          { ...attributesOf(each), filterSize: each.window },
        )
      : null,
  MaxPoolWithArgmax: (each) => {
    if (!isDense(each) || typeof each.pad !== 'string') return null;
    const x = tied(each) as tf.Tensor4D;
    const maxima = tf.maxPoolWithArgmax(x, each.window, each.strides, each.pad, true);
    return tf.stack([maxima['result']!, tf.cast(maxima['indexes']!, 'float32')]);
  },
};

/** The outputs of an operation for all windows; null for those that it does not take. */
async function outputs(backend: string, operation: (each: WindowCase) => tf.Tensor | null) {
  await tf.setBackend(backend);
  return windowGrid.map((each) => {
    // What an output does not set is not zero by chance.
    if (backend === 'wasm') tf.dispose([1, 30, 300, 3000].map((size) => tf.fill([size], 777)));
    const before = tf.engine().backend.numDataIds();
    tf.engine().startScope();
    const values = operation(each)?.dataSync<'float32'>().slice() ?? null;
    tf.engine().endScope();
    if (tf.engine().backend.numDataIds() !== before) throw new Error('left data behind');
    return values;
  });
}

function differ(found: Float32Array | null, expected: Float32Array | null): boolean {
  if (!found || !expected) return found !== expected;
  const isClose = (a: number, b: number) => Object.is(a, b) || Math.abs(a - b) <= 1e-5;
  return (
    found.length !== expected.length || found.some((value, i) => !isClose(value, expected[i]!))
  );
}

describe('on a grid of images, windows, strides, paddings and dilations', () => {
  it.each(Object.keys(operations))('%s equals the cpu backend', async (name) => {
    const expected = await outputs('cpu', operations[name]!);
    const found = await outputs('wasm', operations[name]!);
    expect(windowGrid.filter((_, i) => differ(found[i]!, expected[i]!))).toEqual([]);
  });

  it('our own kernel for larger convolutions equals the cpu backend too', async () => {
    const dense = (each: WindowCase) => isDense(each) && !outputShape(each, 1, 1).includes(0);
    const expected = await outputs('cpu', (each) =>
      dense(each) ? convolution('Conv2D')(each) : null,
    );
    const found = await outputs('wasm', (each) => {
      if (!dense(each)) return null;
      const { window, strides, pad } = each;
      const shape = imageShape(each, channels);
      const info = tf.backend_util.computeConv2DInfo(
        ...([shape, [...window, channels, channelsOut] as Shape4D, strides, 1, pad] as const),
      );
      const backend = tf.backend() as unknown as WasmBackend;
      return tf.engine().makeTensorFromTensorInfo(conv2d(backend, image(each), filter(each), info));
    });
    expect(windowGrid.filter((_, i) => differ(found[i]!, expected[i]!))).toEqual([]);
  });
});

describe('cases that the stock kernels compute wrongly', () => {
  const values = (tensor: tf.Tensor) => [...tensor.dataSync()];

  it('a filter that does not reach the end of the image, with the padding "same"', async () => {
    await tf.setBackend('wasm');
    const x = tf.ones<tf.Rank.R4>([1, 4, 4, 1]);
    const y = tf.conv2d(x, tf.ones<tf.Rank.R4>([1, 3, 1, 1]), 2, 'same');
    expect(values(y)).toEqual([3, 2, 3, 2]);
    const z = tf.depthwiseConv2d(x, tf.ones<tf.Rank.R4>([1, 3, 1, 1]), 2, 'same');
    expect(values(z)).toEqual([3, 2, 3, 2]);
  });

  it('empty outputs; negative sizes are refused', async () => {
    await tf.setBackend('wasm');
    expect(tf.avgPool(tf.ones<tf.Rank.R3>([3, 1, 1]), 2, 1, 'valid').shape).toEqual([2, 0, 1]);
    expect(() => tf.maxPool(tf.ones<tf.Rank.R3>([3, 1, 1]), 3, 1, 'valid')).toThrow(
      'maxPool: expected a window that is no larger than the padded image, got 3×3 on [1, 3, 1, 1]; ' +
        'use a smaller window or the padding "same"',
    );
    const x = tf.ones<tf.Rank.R4>([1, 3, 1, 1]);
    expect(() => tf.conv2d(x, tf.ones<tf.Rank.R4>([3, 3, 1, 1]), 1, 'valid')).toThrow(
      /Conv2D: expected a window that is no larger/,
    );
  });
});

it('refuses an unsupported data format', async () => {
  await tf.setBackend('wasm');
  const operands = { dy: tf.ones([1, 1, 3, 3]), filter: tf.ones([1, 1, 1, 1]) };
  const attributes = { strides: 1, pad: 'same', dataFormat: 'NCHW', inputShape: [1, 1, 3, 3] };
  expect(() => run('Conv2DBackpropInput', operands, attributes)).toThrow(
    'wasm: expected the data format NHWC, got NCHW; transpose images to [n, height, width, channels]',
  );
});

it('disposes padded and cropped images', async () => {
  await tf.setBackend('wasm');
  const x = whole([1, 5, 6, 2], 1) as tf.Tensor4D;
  const w = whole([1, 3, 2, 2], 2) as tf.Tensor4D;
  const first = addressOf(tf.backend() as unknown as WasmBackend, tf.zeros([50]));
  for (let i = 0; i < 200; i++) tf.conv2d(x, w, [1, 2], 1).dispose();
  const last = addressOf(tf.backend() as unknown as WasmBackend, tf.zeros([50]));
  expect(Math.abs(last - first)).toBeLessThan(20_000);
});
