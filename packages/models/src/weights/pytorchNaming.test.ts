import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { mlp } from '../mlp.ts';
import { smallCnn } from '../smallCnn.ts';
import type { StoredTensor } from './elementTypes.ts';
import { loadWeights, storedWeights } from './loadWeights.ts';
import { pytorchNaming } from './pytorchNaming.ts';
import { encodeSafetensors, parseSafetensors } from './safetensors.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

/** Distinct values in (−1, 1), by a multiplicative congruence. */
function valuesOf(count: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647 - 0.5;
  });
}

/** torch.nn.Linear, by its definition: y = x Aᵀ + b, A [out, in]. */
const linear = (x: number[], weight: Float32Array, bias: Float32Array) =>
  [...bias].map((b, unit) =>
    x.reduce((sum, value, i) => sum + value * weight[unit * x.length + i]!, b),
  );

describe('mlp', () => {
  it.each([
    ['an image', [2, 3, 2]],
    ['a picture without channels', [3, 3]],
    ['a row', [5]],
  ])('gives the outputs of the same PyTorch network: %s', (_, inputShape) => {
    const size = inputShape.reduce((product, side) => product * side);
    const sizes = [size, 4, 3];
    const tensors = new Map<string, StoredTensor>();
    for (const [i, name] of ['hidden1', 'classifier'].entries()) {
      const [into, out] = [sizes[i]!, sizes[i + 1]!];
      const [weight, bias] = [valuesOf(into * out, 7 + i), valuesOf(out, 17 + i)];
      tensors.set(`${name}.weight`, { type: 'F32', shape: [out, into], values: weight });
      tensors.set(`${name}.bias`, { type: 'F32', shape: [out], values: bias });
    }
    const model = mlp({ inputShape, classes: 3, seed: 1, hiddenUnits: [4] });
    const file = parseSafetensors(encodeSafetensors(tensors), 'a').tensors;
    loadWeights(model, file, { naming: pytorchNaming(), file: 'a' });

    const input = tf.tensor(valuesOf(size, 3), [1, ...inputShape]);
    // torch.flatten of the image with channels first.
    const axes = inputShape.length === 3 ? [0, 3, 1, 2] : undefined;
    const flat = [...tf.transpose(input, axes && [...axes]).dataSync()];
    const x = inputShape.length === 2 ? [...input.dataSync()] : flat;
    const parts = [...tensors.values()].map(({ values }) => values as Float32Array);
    const hidden = linear(x, parts[0]!, parts[1]!).map((value) => Math.max(value, 0));
    const expected = linear(hidden, parts[2]!, parts[3]!);
    const found = [...(model.predict(input) as tf.Tensor).dataSync()];
    found.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
  });
});

describe('the small models of this package', () => {
  const options = { inputShape: [12, 10, 3], classes: 4 } as const;
  it.each<[string, (seed: number) => tfl.LayersModel, string[]]>([
    [
      'small-cnn',
      (seed) => smallCnn({ ...options, seed }),
      [1, 2, 3]
        .flatMap((i) => [`conv${i}.weight`, `conv${i}.bias`, `norm${i}.weight`, `norm${i}.bias`])
        .concat('dense.weight', 'dense.bias'),
    ],
    [
      'mlp',
      (seed) => mlp({ ...options, seed, hiddenUnits: [8], groups: 4 }),
      ['hidden1', 'norm1', 'classifier'].flatMap((name) => [`${name}.weight`, `${name}.bias`]),
    ],
  ])("load all weights from a file with PyTorch's names: %s", async (_, build, names) => {
    const naming = pytorchNaming();
    const [from, into] = [build(1), build(2)];
    const stored = await storedWeights(from, naming);
    expect([...stored.keys()]).toEqual(names);
    const { tensors } = parseSafetensors(encodeSafetensors(stored), 'a');
    expect(loadWeights(into, tensors, { naming, file: 'a' }).fresh).toEqual([]);
    for (const [i, weight] of into.weights.entries()) {
      expect(weight.read().dataSync()).toEqual(from.weights[i]!.read().dataSync());
    }
  });
});
