import * as tf from '@tensorflow/tfjs-core';

/**
 * The values of a tensor, for a quantizer without a kernel on the current backend. It runs inside a
 * pass and cannot wait for an asynchronous read.
 *
 * @param format name of the format, for the error
 * @throws Error if the backend cannot read values synchronously, as on graphics processors
 */
export function valuesSynchronously(x: tf.Tensor, format: string): Float32Array {
  try {
    return x.dataSync<'float32'>();
  } catch (error) {
    throw new Error(
      `${format}: the backend ${tf.getBackend()} has no kernel that quantizes to it and does not give values ` +
        'out at once; use float32 or a built-in format without blocks there, or the backend wasm',
      { cause: error },
    );
  }
}
