import * as tf from '@tensorflow/tfjs-core';
import { installKernels } from '@dpquant/kernels';
import { float16Operations, integerOperations } from '@dpquant/quantization';
import {
  BackendUnavailableError,
  backendRequests,
  type Backend,
  type BackendFeatures,
  type ProductChoice,
  type RunningBackend,
  type StartOptions,
} from './backend.ts';
import { operationsWithoutKernel } from './operationsWithoutKernel.ts';
import { chooseProducts, requireProducts } from './productChoice.ts';

/** What `startBackend` started. */
export interface StartedBackend {
  /** One of `backendNames`, or the name of a custom backend. */
  readonly name: string;
  /** Description of the device. */
  readonly device: string;
  /** Whether the device is software that emulates a graphics processor. */
  readonly isSoftware: boolean;
  readonly features: BackendFeatures;
  /** Notes for the user about how it was started, one sentence each; show them. Usually empty. */
  readonly notes: readonly string[];
  /** Kernels that this project added, repaired or replaced. */
  readonly installedKernels: readonly string[];
  /**
   * Operations of this project without a kernel for this backend; here they are composed of
   * ordinary operations. Not listed: integer operations that `products` excludes, and 16-bit float
   * operations, which the backend's own float32 products replace.
   */
  readonly composedKernels: readonly string[];
  /** How products of integer codes are computed, and why. */
  readonly products: ProductChoice;
  /** Backends that `auto` would have preferred, and why they do not run. */
  readonly passedOver: readonly { readonly name: string; readonly reason: string }[];
}

/** The state of one backend, as reported by `surveyBackends`. */
export type BackendState =
  | ({ readonly isAvailable: true } & Omit<StartedBackend, 'passedOver'>)
  | { readonly isAvailable: false; readonly name: string; readonly reason: string };

interface Running {
  readonly definition: Backend;
  readonly backend: RunningBackend;
  readonly factory: ReturnType<typeof tf.findBackendFactory>;
  /** Its latest start. */
  started?: Omit<StartedBackend, 'passedOver'>;
}

/** Backends started in this process and not stopped. */
const running = new Map<string, Running>();

/** `startBackend` for the backends of a runtime, in order of preference. */
export async function startAmong(
  backends: readonly Backend[],
  wanted: string | Backend,
  options: StartOptions,
): Promise<StartedBackend> {
  if (typeof wanted !== 'string') {
    requireOwn(wanted);
    return { ...(await start(wanted, options, false)), passedOver: [] };
  }
  const name = wanted;
  if (name !== 'auto') {
    const known = backends.find((candidate) => candidate.name === name);
    if (!known) {
      throw new RangeError(`backend: expected one of ${backendRequests.join(', ')}, got "${name}"`);
    }
    return { ...(await start(known, options, false)), passedOver: [] };
  }
  const passedOver: { name: string; reason: string }[] = [];
  for (const candidate of backends.filter(({ isAutomatic }) => isAutomatic)) {
    try {
      return { ...(await start(candidate, options, true)), passedOver };
    } catch (error) {
      passedOver.push({ name: candidate.name, reason: (error as Error).message });
    }
  }
  const reasons = passedOver.map((backend) => `${backend.name}: ${backend.reason}`).join('; ');
  throw new BackendUnavailableError(`backend: none can run here (${reasons})`);
}

/** Checks a custom backend; its name must differ from the built-in ones. */
function requireOwn(definition: Backend): void {
  const { name } = definition;
  if (typeof name !== 'string' || typeof definition.start !== 'function') {
    throw new TypeError('backend: expected a name, or { name, isAutomatic, start } of your own');
  }
  if ((backendRequests as readonly string[]).includes(name)) {
    throw new RangeError(`backend: "${name}" is built in; give yours another name`);
  }
  const { definition: other = definition } = running.get(name) ?? {};
  if (other !== definition) {
    throw new RangeError(
      `backend: another one runs under the name "${name}"; call stopBackends first, or give yours another name`,
    );
  }
}

async function start(
  definition: Backend,
  options: StartOptions,
  isAuto: boolean,
): Promise<Omit<StartedBackend, 'passedOver'>> {
  const { name } = definition;
  if (running.get(name)?.backend.isBroken?.()) stop(name);
  const before = running.get(name);
  const backend = before?.backend ?? (await definition.start(options, isAuto));
  const { tensorflowName, device, isSoftware, features, notes = [] } = backend;
  if (before) await tf.setBackend(tensorflowName);
  const current: Running = before ?? {
    definition,
    backend,
    factory: tf.findBackendFactory(tensorflowName),
  };
  running.set(name, current);
  try {
    const { integerProducts } = backend;
    const wanted = options.products ?? 'auto';
    requireProducts(name, wanted, integerProducts);
    const kernels = installKernels(tensorflowName);
    const composedKernels = operationsWithoutKernel(tensorflowName);
    const products = await chooseProducts(wanted, integerProducts);
    const unwantedOperations = [
      ...(products.arithmetic === 'integer' ? [] : Object.values(integerOperations)),
      ...(features.float16 ? [] : Object.values(float16Operations)),
    ];
    const unwanted = new Set(unwantedOperations.map((operation) => operation.name));
    const leftOut = kernels.filter((kernel) => unwanted.has(kernel));
    for (const kernel of leftOut) tf.unregisterKernel(kernel, tensorflowName);
    const installedKernels = kernels.filter((kernel) => !unwanted.has(kernel));
    current.started = {
      ...{ name, device, isSoftware, features, notes, installedKernels, composedKernels },
      products,
    };
    return current.started;
  } catch (error) {
    if (!before) stop(name);
    throw error;
  }
}

/**
 * Starts each backend by name, one after the other, and reports the results. Backends that did not
 * run before are stopped again; the current one stays current.
 */
export async function surveyAmong(
  backends: readonly Backend[],
  options: StartOptions,
): Promise<BackendState[]> {
  const current = [...running].find(
    ([, { backend }]) => backend.tensorflowName === tf.engine().backendName,
  );
  const states: BackendState[] = [];
  for (const definition of backends) {
    const { backend, started } = running.get(definition.name) ?? {};
    if (started && !backend?.isBroken?.()) {
      states.push({ isAvailable: true, ...started });
      continue;
    }
    try {
      states.push({ isAvailable: true, ...(await start(definition, options, false)) });
    } catch (error) {
      const reason = (error as Error).message;
      states.push({ isAvailable: false, name: definition.name, reason });
    }
    stop(definition.name);
  }
  if (current) await tf.setBackend(current[1].backend.tensorflowName);
  return states;
}

/**
 * Stops the backends that `startBackend` started: frees their tensors, devices and threads, so that
 * the process can end. All tensors of these backends are lost. `startBackend` can be called again.
 */
export function stopBackends(): void {
  for (const name of [...running.keys()]) stop(name);
}

function stop(name: string): void {
  const started = running.get(name);
  if (!started) return;
  running.delete(name);
  const { backend, factory } = started;
  const { tensorflowName } = backend;
  tf.removeBackend(tensorflowName);
  // A package that is imported already does not register its backend again.
  tf.registerBackend(tensorflowName, factory);
  backend.release?.();
}
