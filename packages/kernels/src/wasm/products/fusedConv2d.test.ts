import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { operandValues } from '../../testing/convolutions.ts';
import { startWasm } from '../../testing/startWasm.ts';
import { fusedConv2dWrapper } from './fusedConv2d.ts';

beforeAll(startWasm);
afterAll(() => tf.setBackend('cpu'));

const activations = ['linear', 'relu', 'relu6', 'sigmoid', 'elu', 'leakyrelu', 'prelu'] as const;
type Activation = (typeof activations)[number];

const plain: Record<Activation, (x: tf.Tensor4D, alpha: tf.Tensor) => tf.Tensor> = {
  linear: (x) => x,
  relu: (x) => tf.relu(x),
  relu6: (x) => tf.relu6(x),
  sigmoid: (x) => tf.sigmoid(x),
  elu: (x) => tf.elu(x),
  leakyrelu: (x) => tf.leakyRelu(x, 0.25),
  prelu: (x, alpha) => tf.prelu(x, alpha),
};

const large: Case = { image: [4, 16, 16, 8], filter: [3, 3, 8, 32], strides: 1, dilations: 1 };

interface Case {
  readonly image: readonly [number, number, number, number];
  readonly filter: readonly [number, number, number, number];
  readonly strides: number;
  readonly dilations: number;
}

/** What a backend computes, fused and by single operations; small whole numbers have exact sums. */
async function computed(backend: string, { image, filter, ...windows }: Case, name: Activation) {
  await tf.setBackend(backend);
  const whole = (shape: readonly number[], seed: number) =>
    tf.tensor(operandValues([...shape], seed, true), [...shape]);
  const values = tf.tidy(() => {
    const x = whole(image, 1) as tf.Tensor4D;
    const w = whole(filter, 2) as tf.Tensor4D;
    const bias = whole(filter.slice(3), 3) as tf.Tensor1D;
    const alpha = tf.div(whole(filter.slice(3), 4), 8);
    const { strides, dilations } = windows;
    const fused = tf.fused.conv2d({
      ...{ x, filter: w, strides, pad: 'same', dilations, bias, activation: name },
      ...(name === 'prelu' && { preluActivationWeights: alpha }),
      ...(name === 'leakyrelu' && { leakyreluAlpha: 0.25 }),
    });
    const convolved = tf.conv2d(x, w, strides, 'same', 'NHWC', dilations);
    const single = plain[name](tf.add(convolved, bias), alpha);
    return [fused, single].map((tensor) => tensor.dataSync<'float32'>().slice());
  });
  await tf.setBackend('wasm');
  return values as [fused: Float32Array, single: Float32Array];
}

describe.each(activations)('a convolution with bias and %s', (name) => {
  it('equals the cpu backend, with the same bits as the separate operations', async () => {
    const before = tf.memory();
    const [fused, single] = await computed('wasm', large, name);
    expect(fused).toEqual(single);
    const after = tf.memory();
    expect([after.numTensors, after.numDataBuffers]).toEqual([
      before.numTensors,
      before.numDataBuffers,
    ]);
    const [expected] = await computed('cpu', large, name);
    if (name === 'sigmoid' || name === 'elu') {
      fused.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
    } else expect(fused).toEqual(expected);
  });
});

it.each<[string, Case]>([
  ['small', { image: [1, 5, 5, 2], filter: [3, 3, 2, 3], strides: 1, dilations: 1 }],
  ['dilated', { ...large, dilations: 2 }],
  ['of few channels', { ...large, filter: [3, 3, 8, 4] }],
  ['empty', { ...large, image: [0, 16, 16, 8] }],
  ['with strides', { ...large, image: [8, 17, 17, 8], strides: 2 }],
])('equals the cpu backend, %s', async (_, test) => {
  const [fused] = await computed('wasm', test, 'relu6');
  expect(fused).toEqual((await computed('cpu', test, 'relu6'))[0]);
});

it('uses the stock kernel if that refuses the arguments or is faster', () => {
  const stock = jest.fn(() => tf.zeros([1]));
  const run = fusedConv2dWrapper.wrap(stock);
  const x = tf.zeros([...large.image]);
  const filter = tf.zeros([...large.filter]);
  const attributes = { strides: 1, pad: 'same', dilations: 1, activation: 'linear' };
  const calls = (inputs: object, changes: object) => {
    stock.mockClear();
    const given = { x, filter, ...inputs } as unknown as tf.NamedTensorInfoMap;
    const attrs = { ...attributes, ...changes } as unknown as tf.NamedAttrMap;
    tf.dispose(run({ inputs: given, backend: tf.backend(), attrs }) as tf.Tensor);
    return stock.mock.calls.length;
  };
  expect(calls({}, {})).toBe(0);
  expect(calls({}, { activation: 'softplus' })).toBe(1);
  expect(calls({}, { dataFormat: 'NCHW' })).toBe(1);
  expect(calls({}, { dilations: 2 })).toBe(1);
  expect(calls({ bias: tf.zeros([32]) }, {})).toBe(0);
  expect(calls({ bias: tf.zeros([1, 32]) }, {})).toBe(1);
  expect(calls({ x: tf.zeros([1, 5, 5, 8]) }, {})).toBe(1);
});
