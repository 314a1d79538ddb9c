import * as tfl from '@tensorflow/tfjs-layers';
import { GroupNormalization } from '@dpquant/gradients';
import type { ModelOptions } from './modelOptions.ts';

/**
 * A small convolutional network for images of about 28×28 pixels: three strided convolutions, each
 * followed by a rectifier and group normalization, and a dense layer. Returns logits.
 *
 * Normalizing after the rectifier, and no hidden dense layer, trained best under differential
 * privacy among the variants that were tried. At 28×28×1 and ten classes: 27,018 parameters and
 * 323,744 multiply-accumulates.
 */
export function smallCnn({ inputShape, classes, seed }: ModelOptions): tfl.Sequential {
  let draw = 0;
  const initializer = () => tfl.initializers.heNormal({ seed: seed + draw++ });
  const block = (
    number: number,
    filters: number,
    kernelSize: number,
    padding: 'same' | 'valid',
  ) => [
    tfl.layers.conv2d({
      name: `conv${number}`,
      ...(number === 1 && { inputShape: [...inputShape] }),
      filters,
      kernelSize,
      strides: 2,
      padding,
      activation: 'relu',
      kernelInitializer: initializer(),
    }),
    new GroupNormalization({ name: `norm${number}`, groups: number === 1 ? 2 : 8 }),
  ];
  return tfl.sequential({
    name: 'small-cnn',
    layers: [
      ...block(1, 8, 5, 'same'),
      ...block(2, 32, 3, 'same'),
      ...block(3, 64, 3, 'valid'),
      tfl.layers.flatten({ name: 'flatten' }),
      tfl.layers.dense({ name: 'dense', units: classes, kernelInitializer: initializer() }),
    ],
  });
}
