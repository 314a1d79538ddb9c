import * as tf from '@tensorflow/tfjs-core';
import {
  tensorflowOperations,
  type OperationKernel,
  type OperationName,
  type WrappingKernel,
} from '@dpquant/operations';
import { wasmKernels } from './wasm/wasmKernels.ts';
import { allowFloat16 } from './webgpu/float16.ts';
import type { WebGpuBackend } from './webgpu/webGpuBackend.ts';
import { webGpuFloat16Kernels, webGpuKernels } from './webgpu/webGpuKernels.ts';

const all = [...wasmKernels, ...webGpuKernels];
const isWrapping = (kernel: OperationKernel | WrappingKernel): kernel is WrappingKernel =>
  'wrap' in kernel;
/** Kernels that call the backend's own kernel. */
const wrappers = all.filter(isWrapping);
const kernels = all.filter((kernel): kernel is OperationKernel => !isWrapping(kernel));

/**
 * The operations that this project defines, and that have a kernel here for the given backend, or
 * for any backend. Backends without such a kernel compute them from TensorFlow.js's own operations.
 * Products of 16-bit floats are not included: a backend's own float32 products can replace them.
 */
export function ownOperations(backendName?: string): OperationName[] {
  const ofTensorFlow = new Set(Object.values(tensorflowOperations).map(({ name }) => name));
  const own = kernels.filter(
    (kernel) =>
      !ofTensorFlow.has(kernel.kernelName) &&
      (backendName === undefined || kernel.backendName === backendName),
  );
  return [...new Map(own.map(({ operation }) => [operation.name, operation])).values()];
}

/** Whether the WebGPU backend was started, on a device with 16-bit floats in shaders. */
function hasFloat16(): boolean {
  const backend = tf.engine().registry['webgpu'] as Partial<WebGpuBackend> | undefined;
  return backend?.device !== undefined && allowFloat16(backend.device);
}

/** The backends' own kernels, before they were wrapped. */
const stockKernels = new Map<string, tf.KernelConfig>();

/**
 * Registers this package's kernels for a backend, in place of the backend's own where it has one.
 * May be called more than once. On WebGPU the device decides whether products of 16-bit floats are
 * among them, so the backend must be started first.
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
