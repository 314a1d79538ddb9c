import * as tfl from '@tensorflow/tfjs-layers';
import { GroupNormalization } from '@dpquant/gradients';

/** Shape and seed of a model; all public. */
export interface ModelOptions {
  /** [height, width, channels] */
  readonly inputShape: readonly [number, number, number];
  readonly classes: number;
  /** Seeds the initial weights. */
  readonly seed: number;
}

/**
 * A small convolutional network for images of about 28×28 pixels: two strided convolutions with
 * group normalization, two dense layers. Returns logits.
 *
 * At 28×28×1 and ten classes: 26,112 parameters.
 */
export function smallCnn({ inputShape, classes, seed }: ModelOptions): tfl.Sequential {
  let draw = 0;
  const initializer = () => tfl.initializers.heNormal({ seed: seed + draw++ });
  return tfl.sequential({
    name: 'small-cnn',
    layers: [
      tfl.layers.conv2d({
        name: 'conv1',
        inputShape: [...inputShape],
        filters: 16,
        kernelSize: 8,
        strides: 2,
        padding: 'same',
        kernelInitializer: initializer(),
      }),
      new GroupNormalization({ name: 'norm1', groups: 4 }),
      tfl.layers.activation({ name: 'activation1', activation: 'relu' }),
      tfl.layers.maxPooling2d({ name: 'pool1', poolSize: 2, strides: 1 }),
      tfl.layers.conv2d({
        name: 'conv2',
        filters: 32,
        kernelSize: 4,
        strides: 2,
        kernelInitializer: initializer(),
      }),
      new GroupNormalization({ name: 'norm2', groups: 8 }),
      tfl.layers.activation({ name: 'activation2', activation: 'relu' }),
      tfl.layers.maxPooling2d({ name: 'pool2', poolSize: 2, strides: 1 }),
      tfl.layers.flatten({ name: 'flatten' }),
      tfl.layers.dense({
        name: 'dense1',
        units: 32,
        activation: 'relu',
        kernelInitializer: initializer(),
      }),
      tfl.layers.dense({ name: 'dense2', units: classes, kernelInitializer: initializer() }),
    ],
  });
}
