import { beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { GroupNormalization } from './layers/groupNormalization.ts';
import { SelfAttention } from './layers/selfAttention.ts';
import { expectEqualToOracle } from './testing/comparison.ts';
import { randomBatch, randomizeWeights } from './testing/models.ts';
import { validateModel } from './validateModel.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const channels = 4;
const same = { padding: 'same' } as const;

/** Layers that keep the shape of an image, so that any chain of them is a model. */
const imageLayers: Record<string, () => tfl.layers.Layer> = {
  conv2d: () => tfl.layers.conv2d({ filters: channels, kernelSize: 3, ...same }),
  'conv2d without bias': () =>
    tfl.layers.conv2d({ filters: channels, kernelSize: [1, 2], useBias: false, ...same }),
  conv2dTranspose: () => tfl.layers.conv2dTranspose({ filters: channels, kernelSize: 2, ...same }),
  depthwiseConv2d: () => tfl.layers.depthwiseConv2d({ kernelSize: 3, ...same }),
  separableConv2d: () => tfl.layers.separableConv2d({ filters: channels, kernelSize: 2, ...same }),
  groupNormalization: () => new GroupNormalization({ groups: 2 }),
};
/** The same of any shape. */
const anyLayers: Record<string, () => tfl.layers.Layer> = {
  dense: () => tfl.layers.dense({ units: channels }),
  layerNormalization: () => tfl.layers.layerNormalization(),
  prelu: () => tfl.layers.prelu({ alphaInitializer: 'randomNormal' }),
  dropout: () => tfl.layers.dropout({ rate: 0.3 }),
  gaussianNoise: () => tfl.layers.gaussianNoise({ stddev: 0.2 }),
  tanh: () => tfl.layers.activation({ activation: 'tanh' }),
};
const sequenceLayers: Record<string, () => tfl.layers.Layer> = {
  conv1d: () => tfl.layers.conv1d({ filters: channels, kernelSize: 3, ...same }),
  selfAttention: () => new SelfAttention({ heads: 2 }),
  'causal selfAttention': () => new SelfAttention({ causal: true, useBias: false }),
  timeDistributed: () =>
    tfl.layers.timeDistributed({ layer: tfl.layers.dense({ units: channels }) }),
};
const buildersOf = { ...imageLayers, ...anyLayers, ...sequenceLayers };

/** What a chain does with each of its layers. */
const chain = (layers: object) =>
  fc.array(
    fc.record({
      layer: fc.constantFrom(...Object.keys(layers)),
      use: fc.constantFrom('once', 'twice', 'beside a shortcut'),
    }),
    { minLength: 1, maxLength: 3 },
  );

const recipe = fc.record({
  image: chain({ ...imageLayers, ...anyLayers }),
  sequence: chain({ ...sequenceLayers, ...anyLayers }),
  rowsPerUnit: fc.constantFrom(1, 3),
  padded: fc.boolean(),
  seed: fc.nat(1000),
});

function build({ image, sequence }: { image: Step[]; sequence: Step[] }): tfl.LayersModel {
  const input = tfl.input({ shape: [3, 2, channels] });
  const extend = (x: tfl.SymbolicTensor, { layer, use }: Step) => {
    const made = buildersOf[layer]!();
    const y = made.apply(x) as tfl.SymbolicTensor;
    if (use === 'twice') return made.apply(y) as tfl.SymbolicTensor;
    return use === 'once' ? y : (tfl.layers.add().apply([x, y]) as tfl.SymbolicTensor);
  };
  const features = image.reduce(extend, input);
  const positions = tfl.layers.reshape({ targetShape: [6, channels] }).apply(features);
  const read = sequence.reduce(extend, positions as tfl.SymbolicTensor);
  const flat = tfl.layers.flatten().apply(read) as tfl.SymbolicTensor;
  const outputs = tfl.layers.dense({ units: 3 }).apply(flat) as tfl.SymbolicTensor;
  return tfl.model({ inputs: input, outputs });
}
interface Step {
  readonly layer: string;
  readonly use: string;
}

it.each(['float32', 'luq-fp4'])(
  'a model assembled at random equals one example at a time in %s',
  async (format) => {
    const used = new Set<string>();
    await fc.assert(
      fc.asyncProperty(recipe, async (drawn) => {
        for (const { layer } of [...drawn.image, ...drawn.sequence]) used.add(layer);
        const model = build(drawn);
        randomizeWeights(model, drawn.seed);
        validateModel(model);
        const batch = randomBatch(6, [3, 2, channels], 3, drawn.seed);
        if (drawn.padded) batch.mask.fill(0, 3);
        await expectEqualToOracle(model, batch, format, { rowsPerUnit: drawn.rowsPerUnit });
        model.dispose();
        tf.dispose([batch.inputs, batch.targets]);
      }),
      { numRuns: 25, seed: 7, endOnFailure: true },
    );
    expect([...used].sort()).toEqual(Object.keys(buildersOf).sort());
  },
);
