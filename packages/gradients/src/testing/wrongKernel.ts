import * as tf from '@tensorflow/tfjs-core';

/**
 * Runs `body` while `change` modifies the results of a kernel of the CPU backend in place.
 *
 * @param change gets the values of the result, and the inputs of the kernel
 */
export async function withWrongKernel<T>(
  kernelName: string,
  change: (values: Float32Array, inputs: Readonly<Record<string, tf.Tensor>>) => void,
  body: () => Promise<T>,
): Promise<T> {
  const right = tf.getKernel(kernelName, 'cpu');
  tf.unregisterKernel(kernelName, 'cpu');
  tf.registerKernel({
    ...right,
    kernelFunc: (given) => {
      const result = right.kernelFunc(given) as tf.TensorInfo;
      const backend = given.backend as tf.KernelBackend;
      const inputs = given.inputs as unknown as Record<string, tf.Tensor>;
      change(backend.readSync(result.dataId) as Float32Array, inputs);
      return result;
    },
  });
  try {
    return await body();
  } finally {
    tf.unregisterKernel(kernelName, 'cpu');
    tf.registerKernel(right);
  }
}
