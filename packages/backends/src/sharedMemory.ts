import * as tf from '@tensorflow/tfjs-core';

/**
 * Whether memory can be shared among threads: in Node, and in pages that are cross-origin isolated.
 */
export function canShareMemory(): boolean {
  const { crossOriginIsolated } = globalThis as { crossOriginIsolated?: boolean };
  return typeof SharedArrayBuffer !== 'undefined' && crossOriginIsolated !== false;
}

/** Starts the WASM backend in TensorFlow.js's build for one thread. */
export async function inOwnMemory(activate: () => Promise<void>): Promise<void> {
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  await activate();
}

/**
 * Starts the WASM backend in TensorFlow.js's build with threads, whose memory is shared. Its own
 * threads are not used: they do not start in Node, and split only some of its kernels. The build
 * waits for workers before it is ready. It gets dummy workers, which never receive work because it
 * is set to one thread.
 *
 * @param setThreadsCount function of the WASM backend's package
 * @param activate starts the backend
 */
export async function inSharedMemory(
  setThreadsCount: (count: number) => void,
  activate: () => Promise<void>,
): Promise<void> {
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', true);
  setThreadsCount(1);
  const own = Object.getOwnPropertyDescriptor(globalThis, 'Worker');
  Object.defineProperty(globalThis, 'Worker', {
    configurable: true,
    get: () => DummyWorker,
    // In Node the build sets it to that of worker_threads.
    set: () => undefined,
  });
  try {
    await activate();
  } finally {
    if (own) Object.defineProperty(globalThis, 'Worker', own);
    else Reflect.deleteProperty(globalThis, 'Worker');
  }
}

/** A dummy worker: reports that it has loaded, and does nothing else. */
class DummyWorker {
  onmessage: ((event: { data: object }) => void) | null = null;

  postMessage({ cmd }: { cmd?: string }): void {
    if (cmd !== 'load') throw new Error('wasm: TensorFlow.js asked for a thread of its own');
    queueMicrotask(() => this.onmessage?.({ data: { cmd: 'loaded' } }));
  }

  /** Node's method to listen, unused: all relevant messages come through `onmessage`. */
  on(): void {
    return undefined;
  }

  unref(): void {
    return undefined;
  }

  terminate(): void {
    return undefined;
  }
}
