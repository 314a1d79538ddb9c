import * as tf from '@tensorflow/tfjs-core';
import { conv2dBackpropFilterConfig } from './wasm/conv2dBackpropFilter.ts';
import { conv2dBackpropInputConfig } from './wasm/conv2dBackpropInput.ts';
import { maxPoolGradConfig } from './wasm/maxPoolGrad.ts';

const kernels: readonly tf.KernelConfig[] = [
  conv2dBackpropFilterConfig,
  conv2dBackpropInputConfig,
  maxPoolGradConfig,
];

/**
 * Registers this package's kernels for a backend, in place of the backend's own where it has one.
 * May be called more than once.
 *
 * @returns names of the kernels that were installed; none for a backend that needs none
 */
export function installKernels(backendName: string): string[] {
  const wanted = kernels.filter((kernel) => kernel.backendName === backendName);
  for (const kernel of wanted) {
    if (tf.getKernel(kernel.kernelName, backendName)) {
      tf.unregisterKernel(kernel.kernelName, backendName);
    }
    tf.registerKernel(kernel);
  }
  return wanted.map(({ kernelName }) => kernelName);
}
