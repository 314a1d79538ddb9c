import * as tfl from '@tensorflow/tfjs-layers';
import { GroupNormalization } from '@dpquant/gradients';
import { heNormal, type NetworkSeed } from './initialization.ts';

/** Symbolic values of shape [examples, height, width, channels] in a model under construction. */
type Values = tfl.SymbolicTensor;

/** Common parameters of a network's blocks. */
export interface Network extends NetworkSeed {
  /** Groups of each normalization. */
  readonly groups: number;
}

export interface Convolution {
  readonly name: string;
  readonly filters: number;
  /** Height and width; odd. */
  readonly kernelSize: number;
  /** Default 1. */
  readonly strides?: number;
}

/** Applies a layer. */
export function applied(layer: tfl.layers.Layer, x: Values | Values[]): Values {
  return layer.apply(x) as Values;
}

/**
 * A convolution without bias whose output has ⌈size / strides⌉ positions per side. With strides it
 * is zero-padded on both sides, as in PyTorch; `same` would add one more at the end.
 */
export function convolution(
  network: Network,
  x: Values,
  { name, filters, kernelSize, strides = 1 }: Convolution,
): Values {
  const padding = (kernelSize - 1) / 2;
  const isPadded = strides > 1 && padding > 0;
  return applied(
    tfl.layers.conv2d({
      name,
      filters,
      kernelSize,
      strides,
      padding: strides > 1 ? 'valid' : 'same',
      useBias: false,
      kernelInitializer: heNormal(network, name),
    }),
    isPadded ? zeroPadding(x, `${name}-pad`, padding) : x,
  );
}

export function normalization({ groups }: Network, x: Values, name: string): Values {
  return applied(new GroupNormalization({ name, groups }), x);
}

export function rectifier(x: Values, name: string): Values {
  return applied(tfl.layers.activation({ name, activation: 'relu' }), x);
}

/** The stem for ImageNet: convolution 7×7 with stride 2, normalization, rectifier, max pooling. */
export function imageNetStem(network: Network, x: Values, filters = 64): Values {
  const convolved = convolution(network, x, {
    name: 'stem',
    filters,
    kernelSize: 7,
    strides: 2,
  });
  const rectified = rectifier(normalization(network, convolved, 'stem-norm'), 'stem-relu');
  // After a rectifier, padding with zeros does not change a maximum.
  const padded = zeroPadding(rectified, 'stem-pool-pad', 1);
  return applied(tfl.layers.maxPooling2d({ name: 'stem-pool', poolSize: 3, strides: 2 }), padded);
}

/** Logits [examples, classes] of the mean over all positions. */
export function pooledLogits(network: Network, x: Values, classes: number): tfl.SymbolicTensor {
  const pooled = applied(tfl.layers.globalAveragePooling2d({ name: 'pool' }), x);
  const name = 'classifier';
  return applied(
    tfl.layers.dense({ name, units: classes, kernelInitializer: heNormal(network, name) }),
    pooled,
  );
}

function zeroPadding(x: Values, name: string, size: number): Values {
  const sides: [number, number] = [size, size];
  return applied(tfl.layers.zeroPadding2d({ name, padding: [sides, sides] }), x);
}
