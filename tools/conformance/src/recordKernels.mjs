import * as tf from '@tensorflow/tfjs-core';

/**
 * Names of the kernels that TensorFlow.js runs during `work`, added to `names`. One at a time.
 *
 * @param {Set<string>} names
 * @param {() => Promise<T>} work
 * @template T
 */
export async function recordKernels(names, work) {
  const engine = tf.engine();
  engine.runKernel = (kernelName, ...more) => {
    names.add(kernelName);
    return Object.getPrototypeOf(engine).runKernel.call(engine, kernelName, ...more);
  };
  try {
    return await work();
  } finally {
    delete engine.runKernel;
  }
}
