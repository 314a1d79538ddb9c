import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { checkIndependence } from './checkIndependence.ts';
import { softmaxCrossEntropy } from './losses.ts';
import { layerInfo } from './layerInfo.ts';
import { expectEqualToOracle } from './testing/comparison.ts';
import { everyLayerModel, modelOf, randomBatch } from './testing/models.ts';
import { modelProblems, validateModel } from './validateModel.ts';

const { conv2d, dense, flatten } = tfl.layers;

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

describe('validateModel', () => {
  it('accepts the supported layers', () => {
    expect(modelProblems(everyLayerModel())).toEqual([]);
    const kernelRegularizer = tfl.regularizers.l2({ l2: 0.1 });
    const regularized = dense({ inputShape: [3], units: 2, kernelRegularizer });
    expect(modelProblems(tfl.sequential({ layers: [regularized] }))).toEqual([]);
  });

  it('lists every problem at once, with layer, reason and remedy', () => {
    const model = tfl.sequential({
      layers: [
        conv2d({ name: 'wide', inputShape: [8, 8, 1], filters: 2, kernelSize: 2, dilationRate: 2 }),
        tfl.layers.batchNormalization({ name: 'norm' }),
        flatten(),
        tfl.layers.reshape({ targetShape: [2, 49] }),
        tfl.layers.lstm({ name: 'memory', units: 2, recurrentInitializer: 'glorotNormal' }),
        tfl.layers.alphaDropout({ name: 'drop', rate: 0.5 }),
        dense({
          name: 'head',
          units: 3,
          kernelConstraint: 'nonNeg',
        }),
      ],
    });
    expect(modelProblems(model).map(({ layer }) => layer)).toEqual([
      'wide',
      'norm',
      'memory',
      'drop',
      'head',
    ]);
    expect(() => validateModel(model)).toThrow(
      /"wide" \(Conv2D\): its dilation rate.*"norm" \(BatchNormalization\).*GroupNormalization.*"memory" \(LSTM\): recurrent layers have no rule.*"drop" \(AlphaDropout\).*"head" \(Dense\): constraints of weights/,
    );
  });

  it('refuses layers without a rule, with equal names, channels first, or with noise of another shape', () => {
    const unknown = tfl.layers.conv3d({ inputShape: [3, 3, 3, 1], filters: 1, kernelSize: 2 });
    expect(modelProblems(tfl.sequential({ layers: [unknown] }))).toEqual([
      {
        layer: unknown.name,
        className: 'Conv3D',
        reason: 'it has weights and no rule for per-example gradients',
        remedy: expect.stringMatching(
          /^give it one with registerLayerRule, .*have one: Dense, Conv1D/,
        ),
      },
    ]);
    const noisy = tfl.layers.dropout({ inputShape: [3], rate: 0.5, noiseShape: [1, 3] });
    expect(modelProblems(tfl.sequential({ layers: [noisy] }))[0]!.reason).toMatch(/noiseShape/);

    const first = conv2d({
      inputShape: [1, 4, 4],
      filters: 1,
      kernelSize: 2,
      dataFormat: 'channelsFirst',
    });
    expect(modelProblems(tfl.sequential({ layers: [first] }))[0]!.reason).toMatch(/channelsFirst/);

    const inner = tfl.sequential({ layers: [dense({ name: 'same', inputShape: [3], units: 3 })] });
    const outer = tfl.sequential({ layers: [inner, dense({ name: 'same', units: 3 })] });
    expect(modelProblems(outer)[0]!.reason).toMatch(/same name/);
  });
});

it('accepts a frozen recurrent layer, with the same result as one example at a time', async () => {
  const frozen = (options: object) =>
    tfl.layers.gru({
      name: 'memory',
      units: 4,
      recurrentInitializer: 'glorotNormal',
      trainable: false,
      ...options,
    });
  const modelWith = (layer: tfl.layers.Layer) =>
    modelOf(dense({ inputShape: [3, 2], units: 3 }), layer, dense({ units: 3 }));
  const model = modelWith(frozen({}));
  expect(modelProblems(model)).toEqual([]);
  await expectEqualToOracle(model, randomBatch(4, [3, 2], 3), 'float32');
  await checkIndependence(model, randomBatch(4, [3, 2], 3), softmaxCrossEntropy);

  expect(modelProblems(modelWith(frozen({ trainable: true })))[0]).toMatchObject({
    layer: 'memory',
    remedy: expect.stringMatching(/or freeze it with trainable = false/),
  });
  expect(modelProblems(modelWith(frozen({ recurrentDropout: 0.5 })))[0]).toMatchObject({
    reason: 'its dropout depends on the position in the batch',
  });
});

it('accepts frozen and shared layers, several inputs and outputs, and frozen batch normalization', () => {
  const frozen = tfl.layers.batchNormalization({ trainable: false });
  const shared = dense({ units: 3 });
  const [first, second] = [tfl.input({ shape: [3] }), tfl.input({ shape: [3] })];
  const outputs = [first, second].map(
    (input) => frozen.apply(shared.apply(input)) as tfl.SymbolicTensor,
  );
  expect(modelProblems(tfl.model({ inputs: [first, second], outputs }))).toEqual([]);
});

describe('layerInfo', () => {
  it('counts parameters and multiply-accumulates', () => {
    const info = layerInfo(everyLayerModel()).filter(({ parameters }) => parameters > 0);
    expect(
      info.map(({ parameters, multiplyAccumulates, quantizable }) => [
        parameters,
        multiplyAccumulates,
        quantizable,
      ]),
    ).toEqual([
      // 3·3·2·4 weights at 4·3 positions
      [72 + 4, 72 * 12, true],
      [8, 0, false],
      // 2·3·4·3 weights at 3·1 positions
      [72, 72 * 3, true],
      [9 * 5 + 5, 45, true],
      [15 + 3, 15, true],
    ]);
  });

  it('has nothing to quantize for a frozen layer, which runs in float32', () => {
    const model = everyLayerModel();
    const layer = model.layers.find(({ weights }) => weights.length > 0)!;
    layer.trainable = false;
    const info = layerInfo(model).find(({ name }) => name === layer.name);
    expect(info).toMatchObject({ parameters: 0, multiplyAccumulates: 72 * 12, quantizable: false });
  });
});

it('layerInfo counts the work of a wrapped layer at every time step', () => {
  const model = tfl.sequential({
    layers: [
      tfl.layers.timeDistributed({
        layer: tfl.layers.dense({ units: 3, name: 'each' }),
        inputShape: [5, 4],
      }),
      tfl.layers.flatten(),
      tfl.layers.dense({ units: 2, name: 'output' }),
    ],
  });
  const quantizable = layerInfo(model).filter((layer) => layer.quantizable);
  expect(quantizable.map(({ name, multiplyAccumulates }) => [name, multiplyAccumulates])).toEqual([
    ['each', 5 * 4 * 3],
    ['output', 15 * 2],
  ]);
});
