import * as pool from './threadPool.ts';
import { wasmBackend, type WasmBackend } from '../module/wasmBackend.ts';

/**
 * Runs this package's kernels of the WASM backend on so many threads from now on, this one among them.
 * Results do not depend on their number, to the bit. The threads do not keep a process from ending.
 *
 * The backend must be in shared memory, as in TensorFlow.js's build with threads.
 *
 * @returns what ends the threads: the kernels run on this one alone from then on
 * @throws RangeError where the number is no positive integer, or the memory is not shared
 */
export function startThreads(count: number): Promise<() => void> {
  return pool.startThreads(startedBackend(), count);
}

/** Number of threads on which this package's kernels of the WASM backend run. */
export function threadCount(): number {
  return pool.threadCount(startedBackend());
}

function startedBackend(): WasmBackend {
  const backend = wasmBackend.find();
  if (!backend) throw new Error('threads: the WASM backend was not started; call tf.setBackend');
  return backend;
}
