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
import {
  requireClasses,
  requireImages,
  requireWidth,
  stemOf,
  type ResidualNetworkOptions,
} from './modelOptions.ts';

export interface ResidualBlocks {
  readonly kind: 'basic' | 'bottleneck';
  /** Number of blocks of each stage. */
  readonly counts: readonly number[];
  /** Default number of filters of the first stage. */
  readonly width: number;
}

/**
 * A residual network (He et al., arXiv 1512.03385) with group normalization in place of batch
 * normalization: stem; stages, each of which, except the first, doubles the filters and halves
 * height and width; mean over all positions; dense layer. If a block changes the shape, its
 * shortcut is a convolution 1×1 (option B of the paper).
 */
export function residualNetwork(
  name: string,
  options: ResidualNetworkOptions,
  { kind, counts, width: ownWidth }: ResidualBlocks,
): tfl.LayersModel {
  const { inputShape, classes, seed, width = ownWidth } = options;
  requireImages(name, inputShape, 1);
  requireClasses(name, classes);
  requireWidth(name, width);
  const { groups = defaultGroups(width) } = options;
  const network: Network = { name, seed, groups };
  const block = kind === 'basic' ? basicBlock : bottleneckBlock;

  const input = tfl.input({ name: 'image', shape: [...inputShape] });
  let x =
    stemOf(options) === 'imagenet'
      ? imageNetStem(network, input, width)
      : rectifier(
          normalized(network, input, { name: 'stem', filters: width, kernelSize: 3 }),
          'stem-relu',
        );
  for (const [stage, count] of counts.entries()) {
    for (let i = 0; i < count; i++) {
      const strides = stage > 0 && i === 0 ? 2 : 1;
      x = block(network, x, `stage${stage + 1}-block${i + 1}`, width * 2 ** stage, strides);
    }
  }
  return tfl.model({ name, inputs: input, outputs: pooledLogits(network, x, classes) });
}

/**
 * The greatest power of two, up to 32, that leaves at least two channels per group in the first
 * stage: with one channel per group, every channel would have the same mean over the image.
 */
function defaultGroups(width: number): number {
  return [32, 16, 8, 4, 2].find((groups) => width % (2 * groups) === 0) ?? 1;
}

/** Two convolutions 3×3. */
function basicBlock(
  network: Network,
  x: tfl.SymbolicTensor,
  name: string,
  filters: number,
  strides: number,
): tfl.SymbolicTensor {
  const first = { name: `${name}-conv1`, filters, kernelSize: 3, strides };
  const second = { name: `${name}-conv2`, filters, kernelSize: 3 };
  const hidden = rectifier(normalized(network, x, first), `${name}-relu1`);
  const residual = normalized(network, hidden, second);
  return rectifier(sum(network, x, residual, name, strides), `${name}-relu2`);
}

/** Convolutions 1×1, 3×3 (with the strides) and 1×1 (with four times the filters). */
function bottleneckBlock(
  network: Network,
  x: tfl.SymbolicTensor,
  name: string,
  filters: number,
  strides: number,
): tfl.SymbolicTensor {
  const first = { name: `${name}-conv1`, filters, kernelSize: 1 };
  const second = { name: `${name}-conv2`, filters, kernelSize: 3, strides };
  const third = { name: `${name}-conv3`, filters: 4 * filters, kernelSize: 1 };
  const narrow = rectifier(normalized(network, x, first), `${name}-relu1`);
  const hidden = rectifier(normalized(network, narrow, second), `${name}-relu2`);
  const residual = normalized(network, hidden, third);
  return rectifier(sum(network, x, residual, name, strides), `${name}-relu3`);
}

/** Adds the block's input to the residual, converted to its shape if necessary. */
function sum(
  network: Network,
  x: tfl.SymbolicTensor,
  residual: tfl.SymbolicTensor,
  block: string,
  strides: number,
): tfl.SymbolicTensor {
  const filters = residual.shape.at(-1)!;
  const isSame = strides === 1 && x.shape.at(-1) === filters;
  const projection = { name: `${block}-shortcut`, filters, kernelSize: 1, strides };
  const shortcut = isSame ? x : normalized(network, x, projection);
  return applied(tfl.layers.add({ name: `${block}-add` }), [residual, shortcut]);
}

/** Convolution and normalization. */
function normalized(
  network: Network,
  x: tfl.SymbolicTensor,
  settings: Convolution,
): tfl.SymbolicTensor {
  return normalization(network, convolution(network, x, settings), `${settings.name}-norm`);
}
