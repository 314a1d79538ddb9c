import * as tf from '@tensorflow/tfjs-core';

/**
 * The output of a convolution or a pooling that has no values. Kernels of the WASM backend write
 * beyond their tensors there.
 *
 * @returns null where there are values
 * @throws RangeError where a window is so much larger than the image that not even an empty output
 *   fits
 */
export function emptyOutput(
  kernel: string,
  { inShape, outShape, filterHeight, filterWidth }: tf.backend_util.Conv2DInfo,
): tf.TensorInfo | null {
  if (outShape.some((size) => size < 0)) {
    throw new RangeError(
      `${kernel}: expected a window that is no larger than the padded image, got ${filterHeight}×${filterWidth} ` +
        `on [${inShape.join(', ')}]; use a smaller window or the padding "same"`,
    );
  }
  return tf.util.sizeFromShape(outShape) === 0 ? tf.zeros(outShape) : null;
}
