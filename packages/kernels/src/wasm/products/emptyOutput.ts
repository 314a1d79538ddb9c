import * as tf from '@tensorflow/tfjs-core';

/**
 * The output of a convolution or a pooling without values. Kernels of the WASM backend would write
 * outside their tensors.
 *
 * @returns null if there are values
 * @throws RangeError if a window is so much larger than the image that the output size would be
 *   negative
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
