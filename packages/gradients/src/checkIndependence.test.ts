import { beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { checkIndependence } from './checkIndependence.ts';
import { contribute } from './contribute.ts';
import { forwardLosses } from './forwardLosses.ts';
import { SelfAttention } from './layers/selfAttention.ts';
import { softmaxCrossEntropy, type PerExampleLoss } from './losses.ts';
import { microbatchGradients } from './microbatchGradients.ts';
import { optionsFor } from './testing/comparison.ts';
import { everyLayerModel, modelOf, randomBatch, randomizeWeights } from './testing/models.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

/** A layer that computes a given function. */
class Custom extends tfl.layers.Layer {
  static readonly className: string = 'Custom';
  readonly #compute: (x: tf.Tensor) => tf.Tensor;
  constructor(name: string, compute: (x: tf.Tensor) => tf.Tensor) {
    super({ name });
    this.#compute = compute;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return this.#compute([inputs].flat()[0]!);
  }
}

/** Stores running means in a weight that is not trainable. */
class RunningMean extends tfl.layers.Layer {
  static readonly className = 'RunningMean';
  mean: tfl.LayerVariable | undefined;
  override build(inputShape: tfl.Shape | tfl.Shape[]): void {
    const size = (inputShape as tfl.Shape).at(-1)!;
    const zeros = tfl.initializers.zeros();
    this.mean = this.addWeight('mean', [size], 'float32', zeros, undefined, false);
    this.built = true;
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = [inputs].flat()[0]!;
    this.mean!.write(tf.tidy(() => tf.mul(0.5, tf.add(this.mean!.read(), tf.mean(x, 0)))));
    return tf.clone(x);
  }
}

const { dense, dropout } = tfl.layers;

it('accepts models that keep examples independent, and leaks no tensor', async () => {
  const frozen = tfl.layers.batchNormalization();
  const model = modelOf(
    dense({ inputShape: [4], units: 5, activation: 'tanh' }),
    dropout({ rate: 0.5 }),
    frozen,
    dense({ units: 3 }),
  );
  frozen.setWeights(frozen.getWeights().map((weight) => tf.abs(weight)));
  frozen.trainable = false;
  const cases = [
    [everyLayerModel(), randomBatch(4, [7, 6, 2], 3)],
    [model, randomBatch(4, [4], 3)],
  ] as const;
  for (const [network, batch] of cases) {
    const before = tf.memory().numTensors;
    await checkIndependence(network, batch, softmaxCrossEntropy);
    expect(tf.memory().numTensors).toBe(before);
    expect(network.layers.some((layer) => Object.hasOwn(layer, 'call'))).toBe(false);
  }
});

it('names the layer that mixes examples', async () => {
  const model = modelOf(
    dense({ inputShape: [4], units: 5 }),
    new Custom('centre', (x) => tf.sub(x, tf.mean(x, 0, true))),
    dense({ units: 3 }),
  );
  await expect(
    checkIndependence(model, randomBatch(4, [4], 3), softmaxCrossEntropy),
  ).rejects.toThrow(/^layer "centre" \(Custom\): changing one example changes/);
});

it('names a batch normalization in training mode, and a loss that mixes', async () => {
  const training = modelOf(
    tfl.layers.batchNormalization({ name: 'norm', inputShape: [4] }),
    dense({ units: 3 }),
  );
  const batch = randomBatch(4, [4], 3);
  await expect(checkIndependence(training, batch, softmaxCrossEntropy)).rejects.toThrow(
    /layer "norm"/,
  );
  const mixing: PerExampleLoss = (predictions, targets) => {
    const losses = softmaxCrossEntropy(predictions, targets);
    return tf.div(losses, tf.sum(losses));
  };
  await expect(
    checkIndependence(everyLayerModel(), randomBatch(3, [7, 6, 2], 3), mixing),
  ).rejects.toThrow(/^loss: changing one example/);
});

const gather = (x: tf.Tensor, rows: number[]) => tf.gather(x, tf.tensor1d(rows, 'int32'));
const countOf = (x: tf.Tensor) => x.shape[0];
const mixing: Record<string, (x: tf.Tensor) => tf.Tensor> = {
  'the greatest value of the batch': (x) => tf.div(x, tf.add(tf.max(tf.abs(x)), 1e-6)),
  'the mean of the batch': (x) => tf.sub(x, tf.mean(x, 0, true)),
  'a billionth of the mean': (x) => tf.add(x, tf.mul(tf.mean(x, 0, true), 1e-9)),
  'the order in the batch': (x) => tf.transpose(tf.topk(tf.transpose(x), countOf(x)).values),
  'the next example': (x) =>
    gather(x, [...Array.from({ length: countOf(x) - 1 }, (_, i) => i + 1), 0]),
  'the sum of those before': (x) => tf.cumsum(x, 0),
  'a softmax over the batch': (x) => tf.transpose(tf.softmax(tf.transpose(x))),
  'the batch, where a value is large': (x) =>
    tf.where(tf.greater(tf.max(tf.abs(x)), 100), tf.sub(x, tf.mean(x)), x),
  'the batch, where all values are small': (x) =>
    tf.where(tf.less(tf.max(tf.abs(x)), 1), tf.sub(x, tf.mean(x)), x),
  'whether any example is not finite': (x) => tf.where(tf.any(tf.isNaN(x)), tf.zerosLike(x), x),
};

it.each(Object.entries(mixing))('finds a layer that mixes by %s', async (_, compute) => {
  // Layers whose outputs are bounded, zero or pretrained hide it from the layers after them.
  const before = [
    dense({ inputShape: [4], units: 5, activation: 'tanh' }),
    dense({ inputShape: [4], units: 5, kernelInitializer: 'zeros' }),
  ];
  for (const [i, first] of before.entries()) {
    const model = tfl.sequential({
      layers: [first, new Custom('mixing', compute), dense({ units: 3 })],
    });
    if (i === 0) randomizeWeights(model, 3);
    await expect(
      checkIndependence(model, randomBatch(4, [4], 3), softmaxCrossEntropy),
    ).rejects.toThrow(/^layer "mixing" \(Custom\): changing one example changes/);
  }
});

it('finds a layer whose gradient alone mixes examples', async () => {
  const compute = (x: tf.Tensor) =>
    tf.customGrad((input) => ({
      value: tf.clone(input as tf.Tensor),
      gradFunc: (dy: tf.Tensor) => tf.sub(dy, tf.mean(dy, 0, true)),
    }))(x);
  const model = modelOf(
    dense({ inputShape: [4], units: 5, name: 'first' }),
    new Custom('mixing', compute),
    dense({ units: 3 }),
  );
  await expect(
    checkIndependence(model, randomBatch(4, [4], 3), softmaxCrossEntropy),
  ).rejects.toThrow(/^weights "first[^"]*\/kernel", .*per-example gradients of another/);
});

it('refuses weights that a pass changes, and restores them', async () => {
  const running = new RunningMean({ name: 'running' });
  const model = modelOf(dense({ inputShape: [4], units: 5 }), running, dense({ units: 3 }));
  const weights = () => model.getWeights().map((weight) => [...weight.dataSync()]);
  const before = weights();
  const batch = randomBatch(4, [4], 3);
  const message = /^layer "running" \(RunningMean\): weight "running\/mean": changes in a forward/;
  const looks = [
    () => checkIndependence(model, batch, softmaxCrossEntropy),
    () => contribute(model, batch, optionsFor('float32')),
    () => microbatchGradients(model, batch, optionsFor('float32')),
    () =>
      forwardLosses(model, batch, {
        ...optionsFor('float32'),
        arithmetics: [optionsFor('float32').arithmetic],
      }),
  ];
  for (const look of looks) {
    const tensors = tf.memory().numTensors;
    await expect(look()).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(tensors);
    expect(weights()).toEqual(before);
  }
});

it('refuses layers with state from batch to batch or their own random numbers', async () => {
  let calls = 0;
  const stateful = [
    (x: tf.Tensor) => tf.add(x, calls++),
    (x: tf.Tensor) => tf.add(x, tf.randomNormal(x.shape)),
  ];
  for (const compute of stateful) {
    const model = modelOf(dense({ inputShape: [4], units: 5 }), new Custom('own', compute));
    await expect(
      checkIndependence(model, randomBatch(4, [4], 3), softmaxCrossEntropy),
    ).rejects.toThrow(/^layer "own" \(Custom\): gives other values for the same batch/);
  }
});

it('names the layer that fails on synthetic values, and the remedy', async () => {
  const compute = (x: tf.Tensor) => {
    if ([...x.dataSync()].some((value) => !(Math.abs(value) < 1e5))) throw new Error('too large');
    return tf.clone(x);
  };
  const model = modelOf(dense({ inputShape: [4], units: 3 }), new Custom('picky', compute));
  await expect(
    checkIndependence(model, randomBatch(4, [4], 3), softmaxCrossEntropy),
  ).rejects.toThrow(
    /^layer "picky" \(Custom\): fails on synthetic values .*too large.*dtype 'int32'/,
  );
});

it.each<[string, PerExampleLoss]>([
  ['subtracts a mean', (y, t) => tf.sub(softmaxCrossEntropy(y, t), tf.mean(y))],
  [
    'weighs by counts of the batch',
    (y, t) => tf.div(softmaxCrossEntropy(y, t), tf.add(tf.sum(t), 1)),
  ],
  [
    'broadcasts to one value per example',
    (y, t) => tf.mean<tf.Tensor1D>(tf.square(tf.sub(tf.slice(y, [0, 0], [-1, 1]), t)), 0),
  ],
  ['sorts', (y, t) => tf.topk(softmaxCrossEntropy(y, t), y.shape[0]).values],
])('names a loss that %s', async (_, loss) => {
  const model = modelOf(dense({ inputShape: [4], units: 3 }));
  await expect(checkIndependence(model, randomBatch(4, [4], 3), loss)).rejects.toThrow(
    /^loss: changing one example changes/,
  );
});

it('accepts embeddings, normalization, attention and several inputs', async () => {
  const words = modelOf(
    tfl.layers.embedding({ inputDim: 6, outputDim: 4, inputLength: 5 }),
    new SelfAttention(),
    tfl.layers.layerNormalization(),
    tfl.layers.globalAveragePooling1d({}),
    dense({ units: 3 }),
  );
  const batch = randomBatch(4, [5], 3);
  const indices = { ...batch, inputs: tf.floor(tf.abs(batch.inputs)) };
  await checkIndependence(words, indices, softmaxCrossEntropy);
  const inputs = [tfl.input({ shape: [4] }), tfl.input({ shape: [2] })];
  const joined = tfl.layers.concatenate().apply(inputs) as tfl.SymbolicTensor;
  const outputs = dense({ units: 3, activation: 'relu' }).apply(joined) as tfl.SymbolicTensor;
  const both = { ...batch, inputs: [tf.randomNormal([4, 4]), tf.randomNormal([4, 2])] };
  await checkIndependence(tfl.model({ inputs, outputs }), both, softmaxCrossEntropy);
});

it('needs two examples', async () => {
  const one = randomBatch(1, [7, 6, 2], 3);
  await expect(checkIndependence(everyLayerModel(), one, softmaxCrossEntropy)).rejects.toThrow(
    /at least two examples, got 1/,
  );
});
