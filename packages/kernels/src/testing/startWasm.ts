import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { installKernels } from '../installKernels.ts';

/** Starts the WASM backend with all kernels of this package. */
export async function startWasm(): Promise<void> {
  const entry = createRequire(__filename).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(join(dirname(entry), '/'));
  await tf.setBackend('wasm');
  installKernels('wasm');
}
