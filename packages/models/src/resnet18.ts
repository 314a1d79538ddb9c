import * as tfl from '@tensorflow/tfjs-layers';
import { GroupNormalization } from '@dpquant/gradients';
import type { ModelOptions } from './modelOptions.ts';

export interface ResnetOptions extends ModelOptions {
  /** Groups of each normalization. Default 32. */
  readonly groups?: number;
}

/** Images up to this height keep their size through the stem. */
const largestSmallImage = 64;

/**
 * ResNet-18 (He et al., arXiv 1512.03385) with group normalization in place of batch normalization.
 * Returns logits.
 *
 * Images up to 64 pixels high, as of CIFAR, get a stem of one 3×3 convolution; larger ones that of the
 * paper, 7×7 with stride 2 and 3×3 max pooling. Strided operations pad by zeros on both sides, as in
 * PyTorch. At 32×32×3 and ten classes: 11,173,962 parameters, 555,422,720 multiply-accumulates; at
 * 224×224×3 and a thousand classes: 11,689,512 parameters, 1,814,073,344 multiply-accumulates.
 */
export function resnet18(options: ResnetOptions): tfl.LayersModel {
  const { inputShape, classes, seed, groups = 32 } = options;
  let draw = 0;
  const initializer = () => tfl.initializers.heNormal({ seed: seed + draw++ });
  const apply = (layer: tfl.layers.Layer, x: tfl.SymbolicTensor) =>
    layer.apply(x) as tfl.SymbolicTensor;
  const pad = (x: tfl.SymbolicTensor, name: string, padding: number) =>
    apply(
      tfl.layers.zeroPadding2d({
        name,
        padding: [
          [padding, padding],
          [padding, padding],
        ],
      }),
      x,
    );
  const relu = (x: tfl.SymbolicTensor, name: string) =>
    apply(tfl.layers.activation({ name, activation: 'relu' }), x);
  /** Convolution and normalization. */
  const convolve = (
    x: tfl.SymbolicTensor,
    name: string,
    filters: number,
    kernelSize: number,
    strides = 1,
  ) => {
    const padding = (kernelSize - 1) / 2;
    const padded = strides > 1 && padding > 0 ? pad(x, `${name}-pad`, padding) : x;
    const convolved = apply(
      tfl.layers.conv2d({
        name,
        filters,
        kernelSize,
        strides,
        padding: strides > 1 ? 'valid' : 'same',
        useBias: false,
        kernelInitializer: initializer(),
      }),
      padded,
    );
    return apply(new GroupNormalization({ name: `${name}-norm`, groups }), convolved);
  };
  const block = (x: tfl.SymbolicTensor, name: string, filters: number, strides: number) => {
    const first = relu(convolve(x, `${name}-conv1`, filters, 3, strides), `${name}-relu1`);
    const second = convolve(first, `${name}-conv2`, filters, 3);
    const isSame = strides === 1 && x.shape.at(-1) === filters;
    const shortcut = isSame ? x : convolve(x, `${name}-shortcut`, filters, 1, strides);
    const sum = tfl.layers.add({ name: `${name}-add` }).apply([second, shortcut]);
    return relu(sum as tfl.SymbolicTensor, `${name}-relu2`);
  };

  const input = tfl.input({ name: 'image', shape: [...inputShape] });
  let x: tfl.SymbolicTensor;
  if (inputShape[0] <= largestSmallImage) {
    x = relu(convolve(input, 'stem', 64, 3), 'stem-relu');
  } else {
    const stem = relu(convolve(input, 'stem', 64, 7, 2), 'stem-relu');
    // After a rectifier, zeros around the image are never a maximum of their own.
    const padded = pad(stem, 'stem-pool-pad', 1);
    x = apply(tfl.layers.maxPooling2d({ name: 'stem-pool', poolSize: 3, strides: 2 }), padded);
  }
  for (const [stage, filters] of [64, 128, 256, 512].entries()) {
    x = block(x, `stage${stage + 1}-block1`, filters, stage === 0 ? 1 : 2);
    x = block(x, `stage${stage + 1}-block2`, filters, 1);
  }
  const pooled = apply(tfl.layers.globalAveragePooling2d({ name: 'pool' }), x);
  const logits = tfl.layers.dense({
    name: 'classifier',
    units: classes,
    kernelInitializer: initializer(),
  });
  return tfl.model({ name: 'resnet18', inputs: input, outputs: apply(logits, pooled) });
}
