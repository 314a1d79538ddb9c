import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { flattenedShape } from './flattenedShape.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const { layers } = tfl;
const dense = () => layers.dense({ name: 'fc', units: 1 });
const conv = (inputShape?: number[]) =>
  layers.conv2d({ filters: 3, kernelSize: 1, ...(inputShape && { inputShape }) });
const flat = (inputShape?: number[]) => layers.flatten(inputShape && { inputShape });
const stack = (...parts: tfl.layers.Layer[]) => tfl.sequential({ layers: parts });

/** The input shape found for the layer "fc" of a model, at any depth. */
function shapeFor(model: tfl.LayersModel) {
  const find = (all: tfl.layers.Layer[]): tfl.layers.Layer | undefined =>
    all
      .map((layer) =>
        layer.name === 'fc' ? layer : find((layer as { layers?: tfl.layers.Layer[] }).layers ?? []),
      )
      .find((layer) => layer !== undefined);
  return flattenedShape(find(model.layers)!, model);
}

describe('the order of flattened features', () => {
  it.each<[string, () => tfl.LayersModel, readonly number[] | null]>([
    ['of an image', () => stack(flat([2, 2, 3]), dense()), [2, 2, 3]],
    [
      'of an image that Reshape flattens',
      () => stack(layers.reshape({ inputShape: [2, 2, 3], targetShape: [12] }), dense()),
      [2, 2, 3],
    ],
    [
      'of a row that Reshape leaves as it is',
      () => stack(layers.reshape({ inputShape: [12], targetShape: [12] }), dense()),
      null,
    ],
    // A gray image without a channel axis: PyTorch flattens it in the same order.
    ['of an input of two axes', () => stack(flat([4, 4]), dense()), null],
    [
      'of embeddings, which PyTorch has as they are here',
      () => stack(layers.embedding({ inputDim: 5, outputDim: 4, inputLength: 4 }), flat(), dense()),
      null,
    ],
    [
      'of a convolution over embeddings',
      () =>
        stack(
          layers.embedding({ inputDim: 5, outputDim: 4, inputLength: 4 }),
          layers.conv1d({ filters: 4, kernelSize: 1 }),
          layers.layerNormalization(),
          flat(),
          dense(),
        ),
      [4, 4],
    ],
    [
      'of a dense layer at each position',
      () => stack(layers.dense({ units: 4, inputShape: [4, 2] }), layers.reLU(), flat(), dense()),
      null,
    ],
    [
      'after a dense layer, which has features of its own',
      () =>
        stack(flat([2, 2, 3]), layers.dense({ units: 12 }), layers.dropout({ rate: 0.5 }), dense()),
      null,
    ],
    ['in a nested model', () => stack(stack(conv([2, 2, 1]), flat()), dense()), [2, 2, 3]],
    [
      'outside of a nested model',
      () =>
        stack(
          conv([2, 2, 1]),
          flat(),
          stack(layers.dense({ name: 'fc', units: 1, inputShape: [12] })),
        ),
      [2, 2, 3],
    ],
    [
      'of a nested model that is called twice',
      () => {
        const inner = stack(conv([2, 2, 1]), flat());
        const inputs = [0, 1].map(() => tfl.input({ shape: [2, 2, 1] }));
        const both = inputs.map((input) => inner.apply(input) as tfl.SymbolicTensor);
        const sum = layers.add().apply(both) as tfl.SymbolicTensor;
        return tfl.model({ inputs, outputs: dense().apply(sum) as tfl.SymbolicTensor });
      },
      [2, 2, 3],
    ],
    [
      'where one axis only is longer than one',
      () => stack(layers.reshape({ inputShape: [1, 6, 1], targetShape: [6] }), dense()),
      null,
    ],
    [
      'of a row that becomes a picture first',
      () =>
        stack(
          layers.reshape({ inputShape: [12], targetShape: [2, 2, 3] }),
          conv(),
          flat(),
          dense(),
        ),
      [2, 2, 3],
    ],
  ])('%s', (_, model, expected) => {
    expect(shapeFor(model())).toEqual(expected);
  });

  it.each<[string, () => tfl.LayersModel, RegExp]>([
    [
      'after a permutation',
      () => stack(conv([2, 2, 1]), layers.permute({ dims: [3, 1, 2] }), flat(), dense()),
      /\(Permute\) comes before features of an image/,
    ],
    [
      'of a dense layer over an image',
      () => stack(layers.dense({ units: 3, inputShape: [2, 2, 1] }), flat(), dense()),
      /\(Dense\) makes features of an image/,
    ],
    [
      'with the channels first',
      () =>
        stack(
          layers.conv2d({
            filters: 3,
            kernelSize: 1,
            dataFormat: 'channelsFirst',
            inputShape: [2, 2, 2],
          }),
          flat(),
          dense(),
        ),
      /\(Conv2D\) comes before features of an image/,
    ],
    [
      'of which a Reshape leaves rows',
      () => stack(conv([2, 2, 1]), layers.reshape({ targetShape: [2, 6] }), dense()),
      /\(Reshape\) makes features of an image/,
    ],
    [
      'at each position',
      () => stack(layers.timeDistributed({ layer: flat(), inputShape: [5, 2, 2, 3] }), dense()),
      /\(TimeDistributed\) flattens at each position/,
    ],
    [
      'that are joined',
      () => {
        const input = tfl.input({ shape: [2, 2, 3] });
        const parts = [0, 1].map(() => flat().apply(input) as tfl.SymbolicTensor);
        const joined = layers.concatenate().apply(parts) as tfl.SymbolicTensor;
        return tfl.model({ inputs: input, outputs: dense().apply(joined) as tfl.SymbolicTensor });
      },
      /\(Concatenate\) joins flattened inputs/,
    ],
    [
      'that become an image',
      () =>
        stack(
          layers.dense({ units: 12, inputShape: [2] }),
          layers.reshape({ targetShape: [2, 2, 3] }),
          layers.conv2d({ name: 'fc', filters: 1, kernelSize: 1 }),
        ),
      /\(Reshape\) makes an image of features/,
    ],
  ])('is unknown %s', (_, model, message) => {
    expect(() => shapeFor(model())).toThrow(message);
    expect(() => shapeFor(model())).toThrow(
      /cannot be told; flatten once, with Flatten, right bef/,
    );
  });
});
