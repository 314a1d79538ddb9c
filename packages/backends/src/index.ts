import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import type { Backend, StartOptions } from './backend.ts';
import { cpu } from './cpu.ts';
import { native } from './native.ts';
import { webGpuOfNode } from './nodeWebGpu.ts';
import { startAmong, surveyAmong, type BackendState, type StartedBackend } from './startBackend.ts';
import { wasm } from './wasm.ts';
import { webGpu } from './webgpu.ts';

export {
  BackendUnavailableError,
  backendNames,
  backendRequests,
  productArithmetics,
  noFeatures,
  productRequests,
  type Backend,
  type BackendFeatures,
  type BackendName,
  type ProductArithmetic,
  type ProductChoice,
  type ProductRequest,
  type ProductTimes,
  type RunningBackend,
  type StartOptions,
  type WasmFiles,
} from './backend.ts';
export { stopBackends, type BackendState, type StartedBackend } from './startBackend.ts';
export { DeviceError } from './webgpu/deviceErrors.ts';

/** The backends of Node, as `auto` prefers them. */
const backends: readonly Backend[] = [
  native('node-gpu', importPackage, process.versions.node),
  native('node', importPackage, process.versions.node),
  webGpu(webGpuOfNode),
  wasm(besideThePackage, availableParallelism),
  cpu,
];

/**
 * Starts a TensorFlow.js backend and installs the kernels that training needs.
 *
 * `auto` takes the first that runs: TensorFlow's native library with CUDA, WebGPU on a graphics
 * processor (never on software that emulates one), WASM with SIMD, then cpu; the result lists the
 * backends that were skipped, with reasons. A backend requested by name is started, or the call
 * fails; there is no silent fallback.
 *
 * If the backend is already running, it becomes current again.
 *
 * @param backend a name, or your own backend; this project's operations are then composed of
 *   TensorFlow.js's, unless it is registered with TensorFlow.js under the name of a backend that
 *   has kernels here
 * @throws RangeError that lists the known names, for an unknown name
 * @throws BackendUnavailableError with the remedy, if the backend does not run here
 */
export function startBackend(
  backend: string | Backend = 'auto',
  options: StartOptions = {},
): Promise<StartedBackend> {
  return startAmong(backends, backend, options);
}

/**
 * Tests which backends run on this machine, and why the others do not: starts each backend and
 * stops it again. The current backend stays current.
 */
export function surveyBackends(options: StartOptions = {}): Promise<BackendState[]> {
  return surveyAmong(backends, options);
}

function importPackage(packageName: string): Promise<unknown> {
  return import(packageName);
}

function besideThePackage(): string {
  const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  return join(dirname(entry), '/');
}
