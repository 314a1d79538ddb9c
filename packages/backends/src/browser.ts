import { BackendUnavailableError, type Backend, type StartOptions } from './backend.ts';
import { cpu } from './cpu.ts';
import { startAmong, surveyAmong, type BackendState, type StartedBackend } from './startBackend.ts';
import { wasm } from './wasm.ts';
import { webGpu, webGpuOfRuntime } from './webgpu.ts';

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

/** The backends of browsers and their workers, as `auto` prefers them. */
const backends: readonly Backend[] = [
  notHere('node-gpu'),
  notHere('node'),
  webGpu(webGpuOfRuntime),
  wasm(
    () => null,
    () => navigator.hardwareConcurrency,
  ),
  cpu,
];

/** As in Node, but native libraries are not available. */
export function startBackend(
  backend: string | Backend = 'auto',
  options: StartOptions = {},
): Promise<StartedBackend> {
  return startAmong(backends, backend, options);
}

/** As in Node. */
export function surveyBackends(options: StartOptions = {}): Promise<BackendState[]> {
  return surveyAmong(backends, options);
}

function notHere(name: 'node' | 'node-gpu'): Backend {
  return {
    name,
    isAutomatic: false,
    start: () => {
      throw new BackendUnavailableError(
        `${name}: TensorFlow's native library runs in Node only; use the backend webgpu or wasm`,
      );
    },
  };
}
