import * as tf from '@tensorflow/tfjs-core';
import { batchMatMulWrapper } from './wasm/batchMatMul.ts';
import { conv2dBackpropFilterConfig } from './wasm/conv2dBackpropFilter.ts';
import { conv2dBackpropInputConfig } from './wasm/conv2dBackpropInput.ts';
import { depthwiseConv2dBackpropConfigs } from './wasm/depthwiseConv2dBackprop.ts';
import { gradientNormConfigs } from './wasm/gradientNorms.ts';
import { maxPoolGradConfig } from './wasm/maxPoolGrad.ts';
import { quantizeLuqFp4Config } from './wasm/quantizeLuqFp4.ts';
import { unsortedSegmentSumConfig } from './wasm/unsortedSegmentSum.ts';
import { webGpuKernels } from './webgpu/webGpuKernels.ts';

const kernels: readonly tf.KernelConfig[] = [
  conv2dBackpropFilterConfig,
  conv2dBackpropInputConfig,
  maxPoolGradConfig,
  quantizeLuqFp4Config,
  unsortedSegmentSumConfig,
  ...depthwiseConv2dBackpropConfigs,
  ...gradientNormConfigs,
  ...webGpuKernels,
];

/** Kernels that call the backend's own one. */
const wrappers = [batchMatMulWrapper];

/** Kernels of the backends themselves, before they were wrapped. */
const stockKernels = new Map<string, tf.KernelConfig>();

/**
 * Registers this package's kernels for a backend, in place of the backend's own where it has one.
 * May be called more than once.
 *
 * @returns names of the kernels that were installed; none for a backend that needs none
 */
export function installKernels(backendName: string): string[] {
  const wanted = kernels.filter((kernel) => kernel.backendName === backendName);
  for (const wrapper of wrappers) {
    if (wrapper.backendName !== backendName) continue;
    const { kernelName, wrap } = wrapper;
    const stock = stockKernels.get(kernelName) ?? tf.getKernel(kernelName, backendName);
    if (!stock) continue; // The backend's own kernels are not there: it was not imported.
    stockKernels.set(kernelName, stock);
    wanted.push({ ...stock, kernelFunc: wrap(stock.kernelFunc) });
  }
  for (const kernel of wanted) {
    if (tf.getKernel(kernel.kernelName, backendName)) {
      tf.unregisterKernel(kernel.kernelName, backendName);
    }
    tf.registerKernel(kernel);
  }
  return wanted.map(({ kernelName }) => kernelName);
}
