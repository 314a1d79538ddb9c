import * as tf from '@tensorflow/tfjs-core';
import { installKernels } from '../installKernels.ts';

/**
 * Starts the WebGPU backend with all kernels of this package, with 16-bit floats if the adapter has
 * them. Where there is no adapter the tests are skipped: see `describeOnWebGpu`.
 */
export async function startWebGpu(): Promise<void> {
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  const gpu = create([]);
  const navigator = globalThis.navigator ?? {};
  Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
  if (globalThis.navigator === undefined) Object.assign(globalThis, { navigator });
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
  const adapter = (await gpu.requestAdapter())!;
  const requiredFeatures = (['shader-f16'] as const).filter((name) => adapter.features.has(name));
  const device = await adapter.requestDevice({ requiredFeatures });
  device.addEventListener('uncapturederror', ({ error }) => {
    console.error(error.message);
  });
  tf.env().set('WEBGPU_CPU_FORWARD', false);
  tf.env().set('WEBGPU_MATMUL_PROGRAM_TYPE', 3);
  if (tf.findBackendFactory('webgpu')) tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => new WebGPUBackend(device, adapter.info));
  await tf.setBackend('webgpu');
  installKernels('webgpu');
}
