import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { GroupNormalization, SelfAttention } from '@dpquant/gradients';
import { fillGaussian, SeededRandom } from '@dpquant/random';

const builders = {
  conv2d: tfl.layers.conv2d,
  depthwiseConv2d: tfl.layers.depthwiseConv2d,
  separableConv2d: tfl.layers.separableConv2d,
  conv2dTranspose: tfl.layers.conv2dTranspose,
  maxPooling2d: tfl.layers.maxPooling2d,
  conv1d: tfl.layers.conv1d,
  selfAttention: (config) => new SelfAttention(config),
  timeDistributedDense: ({ name, units }) =>
    tfl.layers.timeDistributed({ name, layer: tfl.layers.dense({ name: `${name}-inner`, units }) }),
  dense: tfl.layers.dense,
  layerNormalization: tfl.layers.layerNormalization,
  groupNormalization: (config) => new GroupNormalization(config),
  prelu: tfl.layers.prelu,
  dropout: tfl.layers.dropout,
  gaussianNoise: tfl.layers.gaussianNoise,
  activation: tfl.layers.activation,
};

/**
 * The model of a case, with normal weights. Layers have names of their own: random bits are drawn
 * by the name.
 *
 * @param {import('./drawCase.mjs').ModelCase} drawn
 * @param {number} seed of the weights
 * @returns {tfl.LayersModel} dispose it by `disposeModel`
 */
export function buildModel(drawn, seed) {
  const { shape, vocabulary, layers, pool, outputs, deviation } = drawn;
  const input = tfl.input({ shape, name: 'numbers' });
  let x = input;
  if (vocabulary > 0) {
    const config = { name: 'embedding', inputDim: vocabulary, outputDim: 4, inputLength: shape[0] };
    x = tfl.layers.embedding(config).apply(x);
  }
  layers.forEach(({ kind, config, use }, i) => {
    const layer = builders[kind]({ ...config, name: `layer-${i}` });
    const y = layer.apply(x);
    if (use === 'twice') x = layer.apply(y);
    else if (use === 'once') x = y;
    else x = tfl.layers.add({ name: `sum-${i}` }).apply([x, y]);
  });
  x = flat(x, pool);
  if (drawn.hasOutputLayer) x = tfl.layers.dense({ name: 'last', ...outputs }).apply(x);
  const model = tfl.model({ inputs: input, outputs: x });
  randomizeWeights(model, seed, deviation);
  return model;
}

function flat(x, pool) {
  const rank = x.shape.length;
  if (rank === 2) return x;
  if (pool === 'flatten') return tfl.layers.flatten({ name: 'flat' }).apply(x);
  const { globalAveragePooling1d, globalAveragePooling2d } = tfl.layers;
  const average = rank === 3 ? globalAveragePooling1d : globalAveragePooling2d;
  return average({ name: 'average' }).apply(x);
}

function randomizeWeights(model, seed, deviation) {
  const random = new SeededRandom(seed, 'weights');
  const weights = model.getWeights().map(({ size, shape }) => {
    const values = new Float32Array(size);
    fillGaussian(random, values, deviation);
    return tf.tensor(values, shape);
  });
  model.setWeights(weights);
  tf.dispose(weights);
}

/** A model disposes a layer that is used twice but once. */
export function disposeModel(model) {
  tf.dispose(model.weights.map((weight) => weight.read()));
}
