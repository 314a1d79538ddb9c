import * as tfl from '@tensorflow/tfjs-layers';
import { GroupNormalization } from '@dpquant/gradients';
import { heNormal, type NetworkSeed } from './initialization.ts';

/** Values of shape [examples, height, width, channels] in a model that is being put together. */
type Values = tfl.SymbolicTensor;

/** What the blocks of one network have in common. */
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

/** What a layer gives for the values. */
export function applied(layer: tfl.layers.Layer, x: Values | Values[]): Values {
  return layer.apply(x) as Values;
}

/**
 * A convolution without bias that leaves ⌈size / strides⌉ positions a side. Strided ones pad by zeros
 * on both sides, as in PyTorch, where `same` would pad one more at the end.
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
  // After a rectifier, zeros around the image are never a maximum of their own.
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
