import { threadMain, type ThreadStart } from './threadMain.ts';

/** A thread that runs; it does not keep the process from ending. */
export interface RunningThread {
  stop(): void;
}

/**
 * The part of Node's `worker_threads` that is used. It is loaded at run time, so that bundlers for
 * browsers see no import.
 */
interface WorkerThreads {
  readonly Worker: new (
    source: string,
    options: { eval: true; workerData: ThreadStart },
  ) => {
    once(event: 'message' | 'error', listener: (value: unknown) => void): void;
    unref(): void;
    terminate(): Promise<number>;
  };
}

/** Starts a thread, a worker of Node or of a browser, and resolves once it waits for work. */
export function spawnThread(start: ThreadStart): Promise<RunningThread> {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  const threads = process?.getBuiltinModule?.('node:worker_threads') as WorkerThreads | undefined;
  return threads ? inNode(threads, start) : inBrowser(start);
}

function inNode({ Worker }: WorkerThreads, start: ThreadStart): Promise<RunningThread> {
  const source = `const { parentPort, workerData } = require('node:worker_threads');
    (${threadMain.toString()})(workerData, () => parentPort.postMessage('ready'));`;
  return new Promise((resolve, reject) => {
    const worker = new Worker(source, { eval: true, workerData: start });
    worker.once('error', reject);
    worker.once('message', () => {
      worker.unref();
      resolve({ stop: () => void worker.terminate() });
    });
  });
}

function inBrowser(start: ThreadStart): Promise<RunningThread> {
  const source = `onmessage = ({ data }) =>
    (${threadMain.toString()})(data, () => postMessage('ready'));`;
  const address = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
  return new Promise<RunningThread>((resolve, reject) => {
    const worker = new Worker(address);
    worker.onerror = ({ message }) => reject(new Error(`threads: ${message}`));
    worker.onmessage = () => resolve({ stop: () => worker.terminate() });
    worker.postMessage(start);
  }).finally(() => URL.revokeObjectURL(address));
}
