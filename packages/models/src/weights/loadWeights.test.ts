import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {
  groupNormalization,
  networkNames,
  networks,
  reference,
} from '../testing/referenceNetworks.ts';
import type { StoredTensor } from './elementTypes.ts';
import { loadWeights, storedWeights } from './loadWeights.ts';
import { pytorchNaming } from './pytorchNaming.ts';
import { layersNaming } from './weightNaming.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const options = { naming: pytorchNaming(), file: 'a' };

/** Greatest difference between two tensors. */
function distance(a: tf.Tensor, b: tf.Tensor): number {
  expect(a.shape).toEqual(b.shape);
  return tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!);
}
const valuesOf = (model: tfl.LayersModel) => model.getWeights().map((w) => [...w.dataSync()]);

const tensor = (values: StoredTensor['values'], ...shape: number[]): StoredTensor => ({
  type: 'F32',
  shape,
  values,
});

describe('weights of PyTorch', () => {
  it.each(networkNames)("give PyTorch's outputs: %s", (name) => {
    const { input, output, tensors } = reference(name);
    const model = networks[name]();
    const { loaded, fresh } = loadWeights(model, tensors, options);
    expect(loaded).toContain('fc');
    expect(fresh).toEqual([]);
    expect(distance(model.predict(input) as tf.Tensor, output)).toBeLessThan(2e-6);
  });

  it.each(networkNames)('are the same after loading and storing: %s', async (name) => {
    const { tensors } = reference(name);
    const model = networks[name]();
    loadWeights(model, tensors, options);
    const count = tf.memory().numTensors;
    const stored = await storedWeights(model, options.naming);
    expect(tf.memory().numTensors).toBe(count);
    tensors.delete('bn.num_batches_tracked');
    expect([...stored].sort()).toEqual([...tensors].sort());
  });

  it("give PyTorch's outputs if Reshape flattens", () => {
    const { input, output, tensors } = reference('convolutions');
    const model = tfl.sequential({
      layers: networks
        .convolutions()
        .layers.map((layer) =>
          layer.getClassName() === 'Flatten' ? tfl.layers.reshape({ targetShape: [48] }) : layer,
        ),
    });
    loadWeights(model, tensors, options);
    expect(distance(model.predict(input) as tf.Tensor, output)).toBeLessThan(2e-6);
  });

  it('differ from those of "same" padding at stride 2, which pads on one side', () => {
    const { input, output, tensors } = reference('convolutions');
    const { layers } = networks.convolutions();
    const model = tfl.sequential({
      layers: [
        tfl.layers.conv2d({
          name: 'conv1',
          filters: 4,
          kernelSize: 3,
          strides: 2,
          padding: 'same',
          inputShape: [8, 6, 3],
        }),
        ...layers.slice(2),
      ],
    });
    loadWeights(model, tensors, options);
    const even = tf.pad(input as tf.Tensor4D, [
      [0, 0],
      [0, 1],
      [0, 1],
      [0, 0],
    ]);
    expect(distance(model.predict(even) as tf.Tensor, output)).toBeGreaterThan(0.01);
  });

  it('for another head leave the head unchanged, if requested', () => {
    const { tensors } = reference('convolutions');
    tensors.set('fc.weight', tensor(new Float32Array(96), 2, 48));
    const model = networks.convolutions();
    const before = valuesOf(model);
    expect(() => loadWeights(model, tensors, options)).toThrow(
      'a: "fc.weight": expected [5, 48], got [2, 48] (or take a new head)',
    );
    expect(valuesOf(model)).toEqual(before);
    const { loaded, fresh } = loadWeights(model, tensors, { ...options, newHead: true });
    expect([loaded, fresh]).toEqual([['conv1', 'bn1', 'depthwise', 'conv2'], ['fc']]);
    expect(valuesOf(model).slice(-2)).toEqual(before.slice(-2));
    expect(valuesOf(model)[0]).not.toEqual(before[0]);
    tensors.delete('fc.weight');
    tensors.delete('fc.bias');
    expect(() => loadWeights(model, tensors, { ...options, newHead: true })).not.toThrow();
  });

  it('with statistics of batch normalization are loaded into group normalization only if requested', () => {
    const { tensors } = reference('convolutions');
    for (const part of ['running_mean', 'running_var']) {
      tensors.set(`bn1.${part}`, { type: 'F32', shape: [4], values: new Float32Array(4) });
    }
    tensors.set('bn1.num_batches_tracked', {
      type: 'I64',
      shape: [],
      values: BigInt64Array.of(5n),
    });
    const model = networks.convolutions();
    expect(() => loadWeights(model, tensors, options)).toThrow(
      'a: it has the statistics of 1 batch normalizations, for which the model has no place: drop',
    );
    expect(() =>
      loadWeights(model, tensors, { ...options, dropBatchStatistics: true }),
    ).not.toThrow();
  });

  it.each<[string, (tensors: Map<string, StoredTensor>) => void, string]>([
    ['missing', (t) => t.delete('fc.bias'), 'a: expected a tensor "fc.bias" of [5], there is none'],
    [
      'left over',
      (t) => t.set('conv9.weight', tensor(Float32Array.of(1), 1)),
      'a: no layer of the model takes the tensor "conv9.weight"',
    ],
    [
      'of another shape',
      (t) => t.set('conv1.weight', tensor(new Float32Array(108), 3, 3, 3, 4)),
      'a: "conv1.weight": expected [4, 3, 3, 3], got [3, 3, 3, 4]',
    ],
    [
      'not finite',
      (t) => t.set('fc.bias', tensor(Float32Array.of(0, 0, NaN, 0, 0), 5)),
      '"fc.bias": expected finite numbers of 32 bits, value 2 is NaN',
    ],
    [
      'of integers',
      (t) => t.set('fc.bias', { type: 'I8', shape: [5], values: new Int8Array(5) }),
      '"fc.bias": expected floating-point numbers, got I8; save it as F32, F16 or BF16',
    ],
    [
      'of 8-bit floats',
      (t) => t.set('fc.bias', { type: 'F8_E4M3', shape: [5], values: new Uint8Array(5) }),
      '"fc.bias": expected floating-point numbers, got F8_E4M3; save it as F32, F16 or BF16',
    ],
    [
      'beyond 32 bits',
      (t) =>
        t.set('fc.bias', { type: 'F64', shape: [5], values: Float64Array.of(0, 0, 0, 0, 1e39) }),
      '"fc.bias": expected finite numbers of 32 bits, value 4 is 1e+39',
    ],
    [
      'left over, of another type',
      (t) => t.set('fc.scale', { type: 'F8_E8M0', shape: [1], values: new Uint8Array(1) }),
      'a: no layer of the model takes the tensor "fc.scale"',
    ],
    [
      'named otherwise than all others',
      (t) => {
        for (const [name, values] of [...t]) {
          t.delete(name);
          t.set(name.startsWith('fc') ? name : `module.${name}`, values);
        }
      },
      'a: expected a tensor "conv1.weight" of [4, 3, 3, 3], there is none',
    ],
  ])('are refused if one is %s', (_, change, message) => {
    const { tensors } = reference('convolutions');
    change(tensors);
    const model = networks.convolutions();
    const before = valuesOf(model);
    expect(() => loadWeights(model, tensors, options)).toThrow(message);
    expect(valuesOf(model)).toEqual(before);
  });

  it('may have empty tensors of any type', () => {
    const { tensors } = reference('statistics');
    tensors.set('extra', { type: 'F8_E4M3', shape: [0], values: new Uint8Array() });
    expect(() => loadWeights(networks.statistics(), tensors, options)).not.toThrow();
  });

  it('are refused if the order of flattened features is unknown', () => {
    const image = { inputShape: [2, 2, 3] };
    const dense = () => tfl.layers.dense({ name: 'fc', units: 1 });
    const permuted = tfl.sequential({
      layers: [tfl.layers.permute({ ...image, dims: [3, 1, 2] }), tfl.layers.flatten(), dense()],
    });
    expect(() => loadWeights(permuted, new Map(), options)).toThrow(/cannot be told; flatten once/);
    const normalized = tfl.sequential({
      layers: [tfl.layers.flatten(image), groupNormalization('norm'), dense()],
    });
    expect(() => loadWeights(normalized, new Map(), options)).toThrow(/normalizes flattened/);
    const input = tfl.input({ shape: image.inputShape });
    const flat = () => tfl.layers.flatten().apply(input) as tfl.SymbolicTensor;
    const joined = tfl.layers.concatenate().apply([flat(), flat()]) as tfl.SymbolicTensor;
    const merged = tfl.model({
      inputs: input,
      outputs: dense().apply(joined) as tfl.SymbolicTensor,
    });
    expect(() => loadWeights(merged, new Map(), options)).toThrow(/joins flattened inputs/);
  });

  it('are refused for layers that differ in PyTorch', () => {
    const model = tfl.sequential({
      layers: [tfl.layers.separableConv2d({ filters: 1, kernelSize: 1, inputShape: [2, 2, 1] })],
    });
    expect(() => loadWeights(model, new Map(), options)).toThrow(
      /\(SeparableConv2D\): its weight "depthwise_kernel" has no counterpart in a PyTorch file/,
    );
  });
});

describe('weights of TensorFlow.js', () => {
  it('can be loaded into a model with the same layers', async () => {
    const naming = layersNaming;
    const tensors = await storedWeights(networks.statistics(), naming);
    expect([...tensors.keys()].slice(0, 4)).toEqual([
      'up/kernel',
      'up/bias',
      'bn/gamma',
      'bn/beta',
    ]);
    const model = networks.statistics();
    loadWeights(model, tensors, { naming, file: 'a' });
    expect(await storedWeights(model, naming)).toEqual(tensors);
  });
});
