import * as tf from '@tensorflow/tfjs-core';
import type { Shape4D, WindowAttributes } from '@dpquant/operations';
import { windowsOfGradients } from '../../gradientWindows.ts';
import { rowsOfExample, type LinesOfExample } from '../products/tileOperands.ts';
import { windowLines } from '../products/windowLines.ts';

/**
 * The operands of the weight gradients AᵀB of a layer's examples, [p, d] each. In a shader `inputs`
 * is called `A`, and `dy` is called `Dy`.
 */
export interface LayerOperands {
  readonly inputs: tf.TensorInfo;
  /** The inputs as the left operand: a line is a row of the gradient. */
  readonly left: LinesOfExample;
  readonly dy: tf.TensorInfo;
  readonly examples: number;
  readonly positions: number;
  readonly p: number;
  readonly d: number;
}

/** For a dense layer: `a` [n, …, p], `dy` [n, …, d]. */
export function denseOperands(a: tf.TensorInfo, dy: tf.TensorInfo): LayerOperands {
  const p = a.shape.at(-1)!;
  return {
    inputs: a,
    left: rowsOfExample(p),
    dy,
    examples: a.shape[0]!,
    positions: tf.util.sizeFromShape(a.shape.slice(1, -1)),
    p,
    d: dy.shape.at(-1)!,
  };
}

/**
 * For a convolution: rows of the gradient are taps and channels, positions are the pixels of the
 * output.
 */
export function convolutionOperands(
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  attributes: WindowAttributes & { readonly filterShape: Shape4D },
): LayerOperands {
  const { filterShape, strides, pad, dimRoundingMode } = attributes;
  const forward = tf.backend_util.computeConv2DInfo(
    x.shape as Shape4D,
    filterShape,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const info = windowsOfGradients(forward, dy);
  return {
    inputs: x,
    left: windowLines(info),
    dy,
    examples: info.batchSize,
    positions: info.outHeight * info.outWidth,
    p: info.filterHeight * info.filterWidth * info.inChannels,
    d: info.outChannels,
  };
}
