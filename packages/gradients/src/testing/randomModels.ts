import * as tfl from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { GroupNormalization } from '../layers/groupNormalization.ts';
import { SelfAttention } from '../layers/selfAttention.ts';

/** Channels of the input, [3, 2, channels], and of every layer. */
export const channels = 4;
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
/** Layers that keep any shape. */
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
export const buildersOf = { ...imageLayers, ...anyLayers, ...sequenceLayers };

/** A chain of one to three layers, and how each of them is used. */
const chain = (layers: object) =>
  fc.array(
    fc.record({
      layer: fc.constantFrom(...Object.keys(layers)),
      use: fc.constantFrom('once', 'twice', 'beside a shortcut'),
    }),
    { minLength: 1, maxLength: 3 },
  );

/** The two chains that a random model consists of. */
export const chains = {
  image: chain({ ...imageLayers, ...anyLayers }),
  sequence: chain({ ...sequenceLayers, ...anyLayers }),
};

/** A model with three classes: a chain of layers for images, then one for sequences. */
export function build({ image, sequence }: { image: Step[]; sequence: Step[] }): tfl.LayersModel {
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

export interface Step {
  readonly layer: string;
  readonly use: string;
}
