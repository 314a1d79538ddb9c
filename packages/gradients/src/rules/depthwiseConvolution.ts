import * as tf from '@tensorflow/tfjs-core';
import type { LayerPass } from './layerPass.ts';

/**
 * Depthwise convolution with a weight [height, width, channels, multiplier]. The weight is small,
 * so its per-example gradients are stored; they are computed for each place of the filter in turn.
 *
 * @param x [n, height, width, channels]
 */
export function depthwiseConvolution(
  pass: LayerPass,
  x: tf.Tensor,
  kernel: tf.Variable,
  strides: [number, number],
  padding: 'same' | 'valid',
): tf.Tensor {
  const images = x.shape as [number, number, number, number];
  const filter = kernel.shape as [number, number, number, number];
  const info = tf.backend_util.computeConv2DInfo(
    images,
    filter,
    strides,
    1,
    padding,
    undefined,
    true,
  );
  const [n, height, width, channels] = images;
  const [filterHeight, filterWidth, , multiplier] = filter;
  const { outHeight, outWidth, padInfo } = info;
  const [strideY, strideX] = strides;

  return pass.weighted(x, kernel, (input, keep) => {
    const kept = keep(tf.clone(input));
    const backward = (dy: tf.Tensor) => {
      const padded = tf.pad(kept, [
        [0, 0],
        [padInfo.top, padInfo.bottom],
        [padInfo.left, padInfo.right],
        [0, 0],
      ]);
      const byChannel = tf.reshape(dy, [n, outHeight * outWidth, channels, multiplier]);
      const gradients: tf.Tensor[] = [];
      let canvas: tf.Tensor | null = null;
      for (let i = 0; i < filterHeight; i++) {
        for (let j = 0; j < filterWidth; j++) {
          const patch = tf.stridedSlice(
            padded,
            [0, i, j, 0],
            [n, i + (outHeight - 1) * strideY + 1, j + (outWidth - 1) * strideX + 1, channels],
            [1, strideY, strideX, 1],
          );
          const column = tf.reshape(patch, [n, outHeight * outWidth, channels, 1]);
          gradients.push(tf.sum(tf.mul(column, byChannel), 1));
          const weight = tf.reshape(tf.slice(kernel, [i, j, 0, 0], [1, 1, channels, multiplier]), [
            1,
            1,
            channels,
            multiplier,
          ]);
          const spread = spreadOut(
            tf.reshape(tf.sum(tf.mul(byChannel, weight), 3), [n, outHeight, outWidth, channels]),
            strideY,
            strideX,
          );
          const placed = tf.pad(spread, [
            [0, 0],
            [i, filterHeight - 1 - i],
            [j, filterWidth - 1 - j],
            [0, 0],
          ]);
          canvas = canvas === null ? placed : tf.add(canvas, placed);
        }
      }
      const stacked = tf.stack(gradients, 1);
      return {
        dx: tf.slice(canvas!, [0, padInfo.top, padInfo.left, 0], [n, height, width, channels]),
        gradients: tf.reshape(stacked, [n, ...filter]),
      };
    };
    return {
      value: tf.depthwiseConv2d(input as tf.Tensor4D, kernel as tf.Tensor4D, strides, padding),
      backward,
    };
  });
}

/** Inserts zeros after every row and column, so that they are one stride apart. */
function spreadOut(x: tf.Tensor, strideY: number, strideX: number): tf.Tensor {
  const [n, height, width, channels] = x.shape as [number, number, number, number];
  const rows = tf.pad(tf.reshape(x, [n * height, 1, width * channels]), [
    [0, 0],
    [0, strideY - 1],
    [0, 0],
  ]);
  const columns = tf.pad(tf.reshape(rows, [n * height * strideY * width, 1, channels]), [
    [0, 0],
    [0, strideX - 1],
    [0, 0],
  ]);
  return tf.reshape(columns, [n, height * strideY, width * strideX, channels]);
}
