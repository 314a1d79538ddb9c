import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { contribute } from '../contribute.ts';
import { GroupNormalization } from '../layers/groupNormalization.ts';
import { SelfAttention } from '../layers/selfAttention.ts';
import { meanSquaredError, softmaxCrossEntropy, type PerExampleLoss } from '../losses.ts';
import { expectEqualToOracle, optionsFor, sumsOf } from '../testing/comparison.ts';
import { modelOf, randomBatch, randomizeWeights, selectExamples } from '../testing/models.ts';
import { validateModel } from '../validateModel.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const { conv1d, conv2d, dense, depthwiseConv2d, dropout, embedding, flatten } = tfl.layers;
type Build = () => [tfl.LayersModel, number[]];

/** The layer between two dense layers, so that it gets gradients and passes them on. */
const between =
  (inputShape: number[], layer: () => tfl.layers.Layer): Build =>
  () => {
    const channels = inputShape.at(-1)!;
    return [
      modelOf(
        dense({ inputShape, units: channels, activation: 'tanh' }),
        layer(),
        ...(inputShape.length > 1 ? [flatten()] : []),
        dense({ units: 3 }),
      ),
      inputShape,
    ];
  };

const cases: Record<string, Build> = {
  'Dense on sequences': between([4, 5], () => dense({ units: 3, activation: 'elu' })),
  'LayerNormalization of vectors': between([6], () => tfl.layers.layerNormalization()),
  'LayerNormalization of sequences': between([4, 6], () =>
    tfl.layers.layerNormalization({ epsilon: 0.1 }),
  ),
  SelfAttention: between([4, 6], () => new SelfAttention({ heads: 2 })),
  'SelfAttention, causal, without biases': between(
    [5, 4],
    () => new SelfAttention({ heads: 1, causal: true, useBias: false }),
  ),
  PReLU: between([3, 4], () => tfl.layers.prelu({ alphaInitializer: 'randomNormal' })),
  'PReLU with shared axes': between([3, 2, 4], () => tfl.layers.prelu({ sharedAxes: [1, 2] })),
  Dropout: between([3, 6], () => dropout({ rate: 0.4 })),
  SpatialDropout1D: between([3, 6], () => tfl.layers.spatialDropout1d({ rate: 0.4 })),
  GaussianNoise: between([3, 6], () => tfl.layers.gaussianNoise({ stddev: 0.4 })),
  GaussianDropout: between([3, 6], () => tfl.layers.gaussianDropout({ rate: 0.3 })),
  TimeDistributed: between([4, 5], () =>
    tfl.layers.timeDistributed({ layer: dense({ units: 2, activation: 'tanh' }) }),
  ),
};
for (const padding of ['same', 'valid'] as const) {
  for (const strides of [1, 2]) {
    cases[`Conv1D, stride ${strides}, ${padding}`] = between([7, 3], () =>
      conv1d({ filters: 4, kernelSize: 3, strides, padding, activation: 'relu' }),
    );
  }
}
for (const padding of ['same', 'valid'] as const) {
  for (const strides of [1, 2, [2, 1]] as (number | [number, number])[]) {
    const options = { kernelSize: [3, 2], strides, padding } as const;
    const name = (layer: string) => `${layer}, strides ${String(strides)}, ${padding}`;
    // Not all backends support different strides along the two axes.
    if (typeof strides === 'number') {
      cases[name('DepthwiseConv2D')] = between([5, 6, 3], () =>
        depthwiseConv2d({ ...options, kernelSize: [3, 2], depthMultiplier: 2, activation: 'tanh' }),
      );
      cases[name('SeparableConv2D')] = between([6, 5, 3], () =>
        tfl.layers.separableConv2d({ ...options, kernelSize: [3, 2], filters: 4 }),
      );
    }
    cases[name('Conv2DTranspose')] = between([4, 3, 2], () =>
      tfl.layers.conv2dTranspose({ ...options, kernelSize: [3, 2], filters: 3 }),
    );
  }
}
cases['SelfAttention, first'] = () => [
  modelOf(
    new SelfAttention({ inputShape: [4, 6], heads: 3 }),
    tfl.layers.globalAveragePooling1d({}),
    dense({ units: 3 }),
  ),
  [4, 6],
];
cases['DepthwiseConv2D without bias, first'] = () => [
  modelOf(
    depthwiseConv2d({ inputShape: [5, 5, 2], kernelSize: 3, useBias: false }),
    flatten(),
    dense({ units: 3 }),
  ),
  [5, 5, 2],
];

describe.each(['float32', 'luq-fp4'])('in %s equals one example at a time:', (format) => {
  it.each(Object.entries(cases))('%s', async (_, build) => {
    const [model, inputShape] = build();
    validateModel(model);
    await expectEqualToOracle(model, randomBatch(4, inputShape, 3), format);
  });

  it.each([1, 3])('a padded batch, %d rows per unit', async (rowsPerUnit) => {
    const [model, inputShape] = cases['Conv1D, stride 1, same']!();
    const batch = randomBatch(6, inputShape, 3);
    batch.mask.set([1, 1, 0, 0, 0, 0]);
    await expectEqualToOracle(model, batch, format, { rowsPerUnit });
  });

  it.each(Object.keys(cases))('%s, three rows per unit', async (name) => {
    const [model, inputShape] = cases[name]!();
    await expectEqualToOracle(model, randomBatch(6, inputShape, 3), format, { rowsPerUnit: 3 });
  });

  const sharedCases: Record<string, Build> = {
    'a dense layer called twice': () => {
      const shared = dense({ units: 4, activation: 'tanh' });
      const input = tfl.input({ shape: [4] });
      const once = shared.apply(input) as tfl.SymbolicTensor;
      const twice = shared.apply(once) as tfl.SymbolicTensor;
      const outputs = dense({ units: 3 }).apply(twice) as tfl.SymbolicTensor;
      return [tfl.model({ inputs: input, outputs }), [4]];
    },
    'a convolution called twice': () => {
      const shared = conv2d({ filters: 2, kernelSize: 3, padding: 'same', activation: 'tanh' });
      const input = tfl.input({ shape: [4, 5, 2] });
      const once = shared.apply(input) as tfl.SymbolicTensor;
      const twice = shared.apply(once) as tfl.SymbolicTensor;
      const flat = flatten().apply(twice) as tfl.SymbolicTensor;
      const outputs = dense({ units: 3 }).apply(flat) as tfl.SymbolicTensor;
      return [tfl.model({ inputs: input, outputs }), [4, 5, 2]];
    },
    'normalization, slope and depthwise convolution called twice': () => {
      const layers = [
        depthwiseConv2d({ kernelSize: 2, padding: 'same' }),
        new GroupNormalization({ groups: 2 }),
        tfl.layers.prelu({ alphaInitializer: 'randomNormal' }),
      ];
      const input = tfl.input({ shape: [3, 3, 4] });
      let x = input;
      for (const layer of [...layers, ...layers]) x = layer.apply(x) as tfl.SymbolicTensor;
      const flat = flatten().apply(x) as tfl.SymbolicTensor;
      const outputs = dense({ units: 3 }).apply(flat) as tfl.SymbolicTensor;
      return [tfl.model({ inputs: input, outputs }), [3, 3, 4]];
    },
    'a nested model called twice, one layer of it also outside': () => {
      const shared = dense({ units: 4, activation: 'sigmoid' });
      const inner = tfl.sequential({
        layers: [dense({ inputShape: [4], units: 4, activation: 'tanh' }), shared],
      });
      const input = tfl.input({ shape: [4] });
      const first = inner.apply(input) as tfl.SymbolicTensor;
      const second = inner.apply(first) as tfl.SymbolicTensor;
      const third = shared.apply(second) as tfl.SymbolicTensor;
      const outputs = dense({ units: 3 }).apply(third) as tfl.SymbolicTensor;
      return [tfl.model({ inputs: input, outputs }), [4]];
    },
  };
  it.each(Object.entries(sharedCases))('%s', async (_, build) => {
    const [model, inputShape] = build();
    randomizeWeights(model, 3);
    validateModel(model);
    const batch = randomBatch(6, inputShape, 3);
    await expectEqualToOracle(model, batch, format);
    await expectEqualToOracle(model, batch, format, { rowsPerUnit: 2 });
  });

  it('embeddings, with repeated indices, and one looked up twice', async () => {
    const indices = tf.tensor2d([0, 3, 3, 1, 1, 1, 4, 2, 0, 0, 4, 4, 2, 3, 1, 0, 0, 0], [6, 3]);
    for (const uses of [1, 2]) {
      const table = embedding({ inputDim: 5, outputDim: 4 });
      const input = tfl.input({ shape: [3] });
      const looked = Array.from({ length: uses }, () => table.apply(input) as tfl.SymbolicTensor);
      const sum =
        uses === 1 ? looked[0]! : (tfl.layers.multiply().apply(looked) as tfl.SymbolicTensor);
      const flat = flatten().apply(sum) as tfl.SymbolicTensor;
      const outputs = dense({ units: 3 }).apply(flat) as tfl.SymbolicTensor;
      const model = tfl.model({ inputs: input, outputs });
      randomizeWeights(model, 3);
      const batch = { ...randomBatch(6, [3], 3), inputs: indices };
      await expectEqualToOracle(model, batch, format);
      await expectEqualToOracle(model, batch, format, { rowsPerUnit: 2 });
    }
  });

  it('two inputs, two outputs, two losses and weights of examples', async () => {
    const [first, second] = [tfl.input({ shape: [4] }), tfl.input({ shape: [3, 2] })];
    const left = dense({ units: 5, activation: 'tanh' }).apply(first) as tfl.SymbolicTensor;
    const right = flatten().apply(
      conv1d({ filters: 2, kernelSize: 2 }).apply(second),
    ) as tfl.SymbolicTensor;
    const both = tfl.layers.concatenate().apply([left, right]) as tfl.SymbolicTensor;
    const outputs = [3, 2].map((units) => dense({ units }).apply(both) as tfl.SymbolicTensor);
    const model = tfl.model({ inputs: [first, second], outputs });
    randomizeWeights(model, 3);
    const batch = {
      ...randomBatch(4, [4], 3),
      inputs: [randomBatch(4, [4], 3).inputs, randomBatch(4, [3, 2], 3).inputs],
      targets: [randomBatch(4, [4], 3).targets, randomBatch(4, [2], 3, 7).inputs],
      weights: Float32Array.of(1, 0.5, 2, 0),
    };
    const loss = [softmaxCrossEntropy, meanSquaredError];
    await expectEqualToOracle(model, batch, format, { loss });
    await expect(contribute(model, batch, optionsFor(format))).rejects.toThrow(/2 outputs/);
  });

  it('frozen layers, and a frozen batch normalization with its own statistics', async () => {
    const frozen = dense({ units: 4, activation: 'tanh' });
    const norm = tfl.layers.batchNormalization();
    const model = modelOf(
      dense({ inputShape: [5], units: 4 }),
      frozen,
      norm,
      dense({ units: 4, activation: 'relu' }),
      dense({ units: 3 }),
    );
    const weights = norm.getWeights().map((weight, i) => (i === 3 ? tf.abs(weight) : weight));
    norm.setWeights(weights);
    frozen.trainable = false;
    norm.trainable = false;
    validateModel(model);
    const batch = randomBatch(4, [5], 3);
    await expectEqualToOracle(model, batch, format);
    const options = optionsFor(format);
    const together = await sumsOf(model, batch, options);
    expect([...together.keys()]).not.toContain(frozen.trainableWeights[0]?.name);
    expect(together.size).toBe(6);
  });
});

describe('when the loss throws, in the forward or the backward pass,', () => {
  const failures: Record<string, PerExampleLoss> = {
    forward: () => {
      throw new Error('no loss today');
    },
    backward: (predictions) =>
      tf.customGrad((x) => ({
        value: tf.sum(x as tf.Tensor, -1),
        gradFunc: () => {
          throw new Error('no loss today');
        },
      }))(predictions) as tf.Tensor1D,
  };
  it.each(Object.keys(cases))('%s leaks no tensor and leaves its model unchanged', async (name) => {
    const [model, inputShape] = cases[name]!();
    const batch = randomBatch(3, inputShape, 3);
    const predict = () => tf.tidy(() => (model.predict(batch.inputs) as tf.Tensor).dataSync());
    const before = { prediction: predict(), tensors: tf.memory().numTensors };
    for (const format of ['float32', 'luq-fp4', 'nvfp4']) {
      for (const loss of Object.values(failures)) {
        const work = contribute(model, batch, { ...optionsFor(format), loss });
        await expect(work).rejects.toThrow('no loss today');
      }
    }
    expect(model.layers.some((layer) => Object.hasOwn(layer, 'call'))).toBe(false);
    expect({ prediction: predict(), tensors: tf.memory().numTensors }).toEqual(before);
  });
});

it('ghost norms and instantiated ones are the same, forced or not', async () => {
  const batch = randomBatch(4, [6, 5, 3], 3);
  const [model] = cases['SeparableConv2D, strides 1, same']!();
  for (const normMethod of ['ghost', 'instantiate', 'cheaper'] as const) {
    await expectEqualToOracle(model, batch, 'float32', { normMethod: () => normMethod });
  }
});

it('random numbers of layers depend on the example, and differ from step to step', async () => {
  const [model, inputShape] = cases['Dropout']!();
  const batch = randomBatch(4, inputShape, 3);
  const options = optionsFor('float32', 100);
  const alone = await sumsOf(model, selectExamples(batch, [2]), options);
  const padded = await sumsOf(model, selectExamples(batch, [2], 3), options);
  expect(padded).toEqual(alone);
  const next = { ...options, randomness: { ...options.randomness, step: 4 } };
  expect(await sumsOf(model, selectExamples(batch, [2]), next)).not.toEqual(alone);
});

it('an index outside the vocabulary leaves out its example and no other', async () => {
  const model = tfl.sequential({
    layers: [
      embedding({ inputDim: 5, outputDim: 4, inputLength: 2 }),
      flatten(),
      dense({ units: 3 }),
    ],
  });
  randomizeWeights(model, 3);
  const plain = randomBatch(3, [2], 3);
  const options = optionsFor('float32');
  for (const bad of [-1, 5, 0.5, NaN]) {
    const batch = { ...plain, inputs: tf.tensor2d([1, 2, bad, 0, 4, 4], [3, 2]) };
    const { unsafe } = await contribute(model, batch, options);
    expect([...unsafe.norms].map(Number.isFinite)).toEqual([true, false, true]);
    const without = { ...batch, mask: Float32Array.of(1, 0, 1) };
    expect(await sumsOf(model, batch, options)).toEqual(await sumsOf(model, without, options));
  }
});
