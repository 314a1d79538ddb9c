import * as tf from '@tensorflow/tfjs-core';
import { BackendUnavailableError, noFeatures, type Backend } from './backend.ts';
import { activate, loadPackage } from './loadPackage.ts';

const packages = {
  node: '@tensorflow/tfjs-node',
  'node-gpu': '@tensorflow/tfjs-node-gpu',
} as const;

type NativeName = keyof typeof packages;

/** What the backend of the native packages reports about itself. */
interface NativeBackend {
  readonly isGPUPackage: boolean;
  readonly isUsingGpuDevice: boolean;
}

/** Newest Node version that can run the native packages; later ones lack functions they call. */
const newestNode = 22;

/**
 * TensorFlow's native library, for the processor or for CUDA.
 *
 * @param load imports a package by its name
 * @param nodeVersion major.minor.patch
 */
export function native(
  name: NativeName,
  load: (packageName: string) => Promise<unknown>,
  nodeVersion: string,
): Backend {
  const packageName = packages[name];
  const unavailable = (reason: string) => new BackendUnavailableError(`${name}: ${reason}`);
  return {
    name,
    isAutomatic: name === 'node-gpu',
    async start() {
      const major = Number.parseInt(nodeVersion, 10);
      if (major > newestNode) {
        throw unavailable(
          `${packageName} does not run in Node ${nodeVersion}; use Node 20 or 22, or the backend webgpu or wasm`,
        );
      }
      const loaded = () => tf.findBackend('tensorflow') as unknown as NativeBackend | null;
      // Both packages register the same name.
      if (loaded() && loaded()!.isGPUPackage !== (name === 'node-gpu')) {
        const other = packages[name === 'node' ? 'node-gpu' : 'node'];
        throw unavailable(`${other} is loaded already; ask for it in a new process`);
      }
      // Silences TensorFlow's start-up log.
      process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
      await loadPackage(packageName, () => load(packageName)).catch((error: unknown) => {
        if (error instanceof BackendUnavailableError) throw error;
        throw unavailable(
          `${packageName} could not be loaded (${(error as Error).message.split('\n')[0]}); run: ` +
            `npm rebuild ${packageName} --build-addon-from-source`,
        );
      });
      if (name === 'node-gpu' && !loaded()?.isUsingGpuDevice) {
        throw unavailable(
          'TensorFlow found no CUDA device; install the driver with CUDA 11.2 and cuDNN 8.1, or use the backend webgpu',
        );
      }
      await activate('tensorflow');
      const device = name === 'node' ? 'the processor' : 'a CUDA device';
      return {
        tensorflowName: 'tensorflow',
        device: `TensorFlow's native library on ${device}`,
        isSoftware: false,
        features: { ...noFeatures, simd: name === 'node' },
      };
    },
  };
}
