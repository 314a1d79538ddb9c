import type * as tf from '@tensorflow/tfjs-core';
import type { WebGpuBackend } from './webGpuBackend.ts';

/**
 * Calls `use` with a tensor of secret words, for work that it gives the backend. They are in a buffer of their own,
 * of which the backend keeps no copy and which it does not use again; it is overwritten behind that work and
 * destroyed, in any case. Copies that the device's driver makes on the way are out of reach.
 */
export function withSecretWords<T>(
  backend: WebGpuBackend,
  words: Uint32Array,
  use: (tensor: tf.TensorInfo) => T,
): T {
  const { device } = backend;
  const { STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
  const buffer = device.createBuffer({
    size: words.byteLength,
    usage: STORAGE | COPY_SRC | COPY_DST,
    mappedAtCreation: true,
  });
  new Uint32Array(buffer.getMappedRange()).set(words);
  buffer.unmap();
  const tensor = backend.createTensorFromGPUData(
    { buffer, zeroCopy: true },
    [words.length],
    'int32',
  );
  try {
    return use(tensor);
  } finally {
    // The backend collects its work. What it has not submitted would find the words overwritten.
    backend.ensureCommandEncoderReady();
    backend.endComputePassEncoder();
    backend.submitQueue();
    device.queue.writeBuffer(buffer, 0, new Uint32Array(words.length));
    buffer.destroy();
    tensor.dispose();
  }
}
