import * as tfl from '@tensorflow/tfjs-layers';
import {
  applied,
  convolution,
  imageNetStem,
  normalization,
  pooledLogits,
  rectifier,
  type Convolution,
  type Network,
} from './imageBlocks.ts';
import { requireClasses, requireImages, stemOf, type ImageNetworkOptions } from './modelOptions.ts';

/** Channels that each layer of a dense block adds. */
const growth = 32;
/** Layers of each dense block. */
const blockSizes = [6, 12, 24, 16];
/** Smallest height and width that leave at least one pixel after all poolings. */
const smallestSide = { cifar: 8, imagenet: 29 };

/**
 * DenseNet-121 (Huang et al., arXiv 1608.06993, DenseNet-BC) with group normalization in place of
 * batch normalization: every layer of a block gets the outputs of all earlier ones. Growth 32,
 * bottlenecks of 128 channels, transitions that halve the channels. The CIFAR stem has no
 * normalization of its own, as in the paper. Returns logits.
 *
 * At 32×32×3 and ten classes: 6,956,298 parameters, 888,350,720 multiply-accumulates; at 224×224×3
 * and a thousand classes: 7,978,856 parameters, 2,834,161,664 multiply-accumulates.
 */
export function densenet121(options: ImageNetworkOptions): tfl.LayersModel {
  const { inputShape, classes, seed, groups = 32 } = options;
  const name = 'densenet121';
  const stem = stemOf(options);
  requireImages(name, inputShape, smallestSide[stem]);
  requireClasses(name, classes);
  const network: Network = { name, seed, groups };

  const input = tfl.input({ name: 'image', shape: [...inputShape] });
  let x =
    stem === 'imagenet'
      ? imageNetStem(network, input)
      : convolution(network, input, { name: 'stem', filters: 2 * growth, kernelSize: 3 });
  for (const [i, size] of blockSizes.entries()) {
    if (i > 0) x = transition(network, x, `transition${i}`);
    for (let j = 0; j < size; j++) x = denseLayer(network, x, `block${i + 1}-layer${j + 1}`);
  }
  x = rectifier(normalization(network, x, 'norm'), 'relu');
  return tfl.model({ name, inputs: input, outputs: pooledLogits(network, x, classes) });
}

/** Appends `growth` channels to x: convolutions 1×1 to a bottleneck, and 3×3. */
function denseLayer(network: Network, x: tfl.SymbolicTensor, name: string): tfl.SymbolicTensor {
  const first = { name: `${name}-conv1`, filters: 4 * growth, kernelSize: 1 };
  const second = { name: `${name}-conv2`, filters: growth, kernelSize: 3 };
  const added = preactivated(network, preactivated(network, x, first), second);
  return applied(tfl.layers.concatenate({ name: `${name}-concatenate` }), [x, added]);
}

/** Halves the channels, height and width. */
function transition(network: Network, x: tfl.SymbolicTensor, name: string): tfl.SymbolicTensor {
  const filters = x.shape.at(-1)! / 2;
  const convolved = preactivated(network, x, { name: `${name}-conv`, filters, kernelSize: 1 });
  return applied(
    tfl.layers.averagePooling2d({ name: `${name}-pool`, poolSize: 2, strides: 2 }),
    convolved,
  );
}

/** Normalization and rectifier, then the convolution. */
function preactivated(
  network: Network,
  x: tfl.SymbolicTensor,
  settings: Convolution,
): tfl.SymbolicTensor {
  const { name } = settings;
  const rectified = rectifier(normalization(network, x, `${name}-norm`), `${name}-relu`);
  return convolution(network, rectified, settings);
}
