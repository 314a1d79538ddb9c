import * as tf from '@tensorflow/tfjs-core';
import type { OperationKernel, OperationName, WrappingKernel } from '@dpquant/operations';
import { addGridNoiseConfig } from './wasm/addGridNoise.ts';
import { avgPoolGradWrapper } from './wasm/avgPoolGrad.ts';
import { batchMatMulWrapper } from './wasm/batchMatMul.ts';
import { castWrapper } from './wasm/cast.ts';
import { conv2dWrapper } from './wasm/conv2d.ts';
import { conv2dBackpropFilterConfig } from './wasm/conv2dBackpropFilter.ts';
import { conv2dBackpropInputConfig } from './wasm/conv2dBackpropInput.ts';
import { convolutionWrappers } from './wasm/convolutionWindows.ts';
import { depthwiseConv2dBackpropConfigs } from './wasm/depthwiseConv2dBackprop.ts';
import { fusedConv2dWrapper } from './wasm/fusedConv2d.ts';
import { fusedMatMulWrapper } from './wasm/fusedMatMul.ts';
import { gatherWrapper } from './wasm/gather.ts';
import { gradientNormConfigs } from './wasm/gradientNorms.ts';
import { groupNormalizationConfigs } from './wasm/groupNormalization.ts';
import { identityWrapper } from './wasm/identity.ts';
import { integerConv2dConfigs } from './wasm/integerConv2d.ts';
import { integerMatMulConfig } from './wasm/integerMatMul.ts';
import { integerWeightGradientConfigs } from './wasm/integerWeightGradient.ts';
import { maxPoolGradConfig } from './wasm/maxPoolGrad.ts';
import { oneHotWrapper } from './wasm/oneHot.ts';
import { poolWrappers } from './wasm/pooling.ts';
import { preluWrapper } from './wasm/prelu.ts';
import { quantizerConfigs } from './wasm/quantizers.ts';
import { reductionWrappers } from './wasm/reductions.ts';
import { roundedSumConfigs } from './wasm/roundedSum.ts';
import { unsortedSegmentSumConfig } from './wasm/unsortedSegmentSum.ts';
import { allowFloat16 } from './webgpu/float16.ts';
import type { WebGpuBackend } from './webgpu/webGpuBackend.ts';
import { webGpuFloat16Kernels, webGpuKernels } from './webgpu/webGpuKernels.ts';

/** Kernels of TensorFlow.js that backends lack or have wrong. */
const repairs: readonly OperationKernel[] = [
  conv2dBackpropFilterConfig,
  conv2dBackpropInputConfig,
  maxPoolGradConfig,
  unsortedSegmentSumConfig,
  ...depthwiseConv2dBackpropConfigs,
];

const kernels: readonly OperationKernel[] = [
  ...repairs,
  addGridNoiseConfig,
  ...gradientNormConfigs,
  ...webGpuKernels,
  ...groupNormalizationConfigs,
  ...quantizerConfigs,
  ...integerConv2dConfigs,
  ...integerWeightGradientConfigs,
  integerMatMulConfig,
  ...roundedSumConfigs,
];

/**
 * Operations that this project defines, and that it composes of TensorFlow.js's own where a backend
 * has no kernel for them: those that have one here for a backend, or for any. Without products of
 * 16-bit floats, in whose place a backend's own ones of float32 stand.
 */
export function ownOperations(backendName?: string): OperationName[] {
  const repaired = new Set(repairs.map(({ kernelName }) => kernelName));
  const own = kernels.filter(
    (kernel) =>
      !repaired.has(kernel.kernelName) &&
      (backendName === undefined || kernel.backendName === backendName),
  );
  return [...new Map(own.map(({ operation }) => [operation.name, operation])).values()];
}

/** Whether the WebGPU backend was started, on a device with 16-bit floats in shaders. */
function hasFloat16(): boolean {
  const backend = tf.engine().registry['webgpu'] as Partial<WebGpuBackend> | undefined;
  return backend?.device !== undefined && allowFloat16(backend.device);
}

/** Kernels that call the backend's own one. */
const wrappers: readonly WrappingKernel[] = [
  avgPoolGradWrapper,
  batchMatMulWrapper,
  conv2dWrapper,
  identityWrapper,
  castWrapper,
  fusedConv2dWrapper,
  fusedMatMulWrapper,
  gatherWrapper,
  oneHotWrapper,
  preluWrapper,
  ...convolutionWrappers,
  ...poolWrappers,
  ...reductionWrappers,
];

/** Kernels of the backends themselves, before they were wrapped. */
const stockKernels = new Map<string, tf.KernelConfig>();

/**
 * Registers this package's kernels for a backend, in place of the backend's own where it has one.
 * May be called more than once. On WebGPU what the device has decides whether products of 16-bit
 * floats are among them: the backend has to be started before.
 *
 * @returns names of the kernels that were installed; none for a backend that needs none
 */
export function installKernels(backendName: string): string[] {
  const wanted: tf.KernelConfig[] = kernels.filter((kernel) => kernel.backendName === backendName);
  const dropped: tf.KernelConfig[] = [];
  if (backendName === 'webgpu') (hasFloat16() ? wanted : dropped).push(...webGpuFloat16Kernels);
  for (const wrapper of wrappers) {
    if (wrapper.backendName !== backendName) continue;
    const { kernelName, wrap } = wrapper;
    const stock = stockKernels.get(kernelName) ?? tf.getKernel(kernelName, backendName);
    if (!stock) continue; // The backend's own kernels are not there: it was not imported.
    stockKernels.set(kernelName, stock);
    wanted.push({ ...stock, kernelFunc: wrap(stock.kernelFunc) });
  }
  for (const { kernelName } of [...wanted, ...dropped]) {
    if (tf.getKernel(kernelName, backendName)) tf.unregisterKernel(kernelName, backendName);
  }
  for (const kernel of wanted) tf.registerKernel(kernel);
  return wanted.map(({ kernelName }) => kernelName);
}
