import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { installKernels } from '@dpquant/kernels';

/** Backends that can be asked for, in the order in which `auto` tries them. */
export const backendNames = ['wasm', 'cpu'] as const;
export type BackendName = (typeof backendNames)[number];

/** What `startBackend` started. */
export interface StartedBackend {
  readonly name: BackendName;
  /** What computes, in words. */
  readonly device: string;
  readonly features: {
    /** 128-bit vector instructions. */
    readonly simd: boolean;
    readonly threads: number;
  };
  /** Kernels that this project repaired or replaced. */
  readonly installedKernels: readonly string[];
  /** Backends that `auto` would have preferred, and why they do not run. */
  readonly passedOver: readonly { readonly name: BackendName; readonly reason: string }[];
}

/** A backend was asked for that cannot run here. */
export class BackendUnavailableError extends Error {
  override name = 'BackendUnavailableError';
}

/**
 * Starts a TensorFlow.js backend in Node and repairs what training needs there.
 *
 * `auto` takes the first that runs: WASM with SIMD, then cpu; what was passed over, and why, is in
 * the result. A backend asked for by name is started or the call fails; nothing falls back silently.
 *
 * @throws RangeError for an unknown name, listing the known ones
 * @throws BackendUnavailableError when the backend does not run here, with the remedy
 */
export async function startBackend(name = 'auto'): Promise<StartedBackend> {
  if (name !== 'auto') {
    const known = backendNames.find((candidate) => candidate === name);
    if (!known) {
      throw new RangeError(
        `backend: expected one of auto, ${backendNames.join(', ')}, got "${name}"`,
      );
    }
    return start(known, []);
  }
  const passedOver: { name: BackendName; reason: string }[] = [];
  for (const candidate of backendNames) {
    try {
      return await start(candidate, passedOver);
    } catch (error) {
      passedOver.push({ name: candidate, reason: (error as Error).message });
    }
  }
  const reasons = passedOver.map((backend) => `${backend.name}: ${backend.reason}`).join('; ');
  throw new BackendUnavailableError(`backend: none can run here (${reasons})`);
}

async function start(
  name: BackendName,
  passedOver: StartedBackend['passedOver'],
): Promise<StartedBackend> {
  await (name === 'wasm' ? startWasm() : startCpu());
  return {
    name,
    device: name === 'wasm' ? 'WebAssembly with SIMD, one thread' : 'JavaScript, one thread',
    features: { simd: name === 'wasm', threads: 1 },
    installedKernels: installKernels(name),
    passedOver,
  };
}

async function startCpu(): Promise<void> {
  await load('@tensorflow/tfjs-backend-cpu');
  // In Node this backend advertises the native one on standard error at its first use.
  tf.env().set('IS_NODE', false);
  await activate('cpu');
}

async function startWasm(): Promise<void> {
  const { setWasmPaths } = await load('@tensorflow/tfjs-backend-wasm');
  if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) {
    throw new BackendUnavailableError(
      'wasm: this runtime has no WebAssembly SIMD; use a newer Node or the backend cpu',
    );
  }
  const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  (setWasmPaths as (prefix: string) => void)(join(dirname(entry), '/'));
  await activate('wasm');
}

/** Imports a backend's package, which registers it, from where this package's user installed it. */
async function load(packageName: string): Promise<Record<string, unknown>> {
  try {
    return (await import(packageName)) as Record<string, unknown>;
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new BackendUnavailableError(
      `${packageName} is not installed; run: npm install ${packageName}@${tf.version_core}`,
    );
  }
}

async function activate(name: BackendName): Promise<void> {
  if (!(await tf.setBackend(name))) {
    throw new BackendUnavailableError(
      `${name}: TensorFlow.js could not start it; the console shows its reason`,
    );
  }
  await tf.ready();
}
