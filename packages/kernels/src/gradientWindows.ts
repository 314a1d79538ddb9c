import type * as tf from '@tensorflow/tfjs-core';
import type { Shape4D } from '@dpquant/operations';

type Info = tf.backend_util.Conv2DInfo;

/**
 * The windows that output gradients belong to. Their number follows from the gradients' shape,
 * because TensorFlow.js does not pass on to a gradient kernel how the forward pass rounded the size
 * of its output (`dimRoundingMode`).
 *
 * @param info computed from the attributes of the gradient
 * @param dy NHWC
 */
export function windowsOfGradients(info: Info, dy: tf.TensorInfo): Info {
  const outShape = dy.shape as Shape4D;
  return { ...info, outShape, outHeight: outShape[1], outWidth: outShape[2] };
}
