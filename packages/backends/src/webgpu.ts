import * as tf from '@tensorflow/tfjs-core';
import {
  BackendUnavailableError,
  type Backend,
  type BackendFeatures,
  type IntegerProducts,
  type ProductChoice,
} from './backend.ts';
import { activate, loadPackage } from './loadPackage.ts';
import { timeProducts } from './productProbe.ts';
import { measuredChoice } from './productChoice.ts';
import { chooseAdapter, requestDevice, type GpuAccess } from './webgpu/adapter.ts';
import { checkedBackend } from './webgpu/checkedBackend.ts';
import { DeviceErrors } from './webgpu/deviceErrors.ts';
import { keepsSubnormalFloat16 } from './webgpu/float16Probe.ts';

/** The matrix product program of the backend whose sums always have the same order. */
const deterministicMatMul = 3;

/**
 * WebGPU on a device that this package creates.
 *
 * @param access how the runtime gives access to graphics processors; its argument says whether only
 *   a hardware device is useful
 */
export function webGpu(access: (isAuto: boolean) => Promise<GpuAccess>): Backend {
  return {
    name: 'webgpu',
    isAutomatic: true,
    async start(_options, isAuto) {
      const found = await access(isAuto);
      const { adapter, device: name, isSoftware, ...chosen } = await chooseAdapter(found);
      if (isAuto && isSoftware) {
        throw new BackendUnavailableError(
          `webgpu: ${name} is slower than wasm; ask for the backend webgpu by name to use it`,
        );
      }
      found.install();
      const module = await loadPackage(
        '@tensorflow/tfjs-backend-webgpu',
        () => import('@tensorflow/tfjs-backend-webgpu'),
      );
      // Otherwise small operations run on the CPU and are rounded differently.
      tf.env().set('WEBGPU_CPU_FORWARD', false);
      tf.env().set('WEBGPU_MATMUL_PROGRAM_TYPE', deterministicMatMul);
      const device = await requestDevice(adapter);
      const float16 = chosen.features.float16 && (await keepsSubnormalFloat16(device));
      const features = { ...chosen.features, float16 };
      const errors = new DeviceErrors(device);
      if (tf.findBackendFactory('webgpu')) tf.removeBackend('webgpu');
      tf.registerBackend('webgpu', () => checkedBackend(module, device, adapter.info, errors));
      await activate('webgpu');
      return {
        tensorflowName: 'webgpu',
        device: name,
        isSoftware,
        features,
        integerProducts: integerProducts(features, isSoftware),
        isBroken: () => errors.first !== null,
        release: () => {
          device.destroy();
        },
      };
    },
  };
}

/** Which arithmetic is faster differs between graphics processors, so it is measured once. */
function integerProducts(
  { integerDotProduct }: BackendFeatures,
  isSoftware: boolean,
): IntegerProducts {
  if (!integerDotProduct) return { missing: 'WGSL has no dot products of packed integers here' };
  let measured: Promise<ProductChoice> | null = null;
  return {
    async preferred() {
      if (isSoftware) return { arithmetic: 'integer', reason: 'not measured on software' };
      return (measured ??= timeProducts().then(measuredChoice));
    },
  };
}

/** WebGPU access in browsers and other runtimes that have it. */
export async function webGpuOfRuntime(): Promise<GpuAccess> {
  const { gpu } = globalThis.navigator as { gpu?: GPU };
  if (!gpu) {
    throw new BackendUnavailableError(
      'webgpu: this browser has no WebGPU, or this page is no secure context; use a newer one over ' +
        'https, or the backend wasm',
    );
  }
  return {
    gpu,
    remedy:
      'switch hardware acceleration on in the settings of the browser, or use the backend wasm',
    install: () => undefined,
  };
}
