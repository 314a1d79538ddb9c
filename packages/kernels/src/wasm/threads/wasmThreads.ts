import * as pool from './threadPool.ts';
import { wasmBackend, type WasmBackend } from '../module/wasmBackend.ts';

/**
 * Runs this package's kernels of the WASM backend on this many threads from now on, including this
 * one. Results do not depend on their number, to the bit. The threads do not keep a process from
 * ending.
 *
 * The backend must be in shared memory, as in TensorFlow.js's build with threads.
 *
 * @returns a function that ends the threads; afterwards the kernels run on this thread alone
 * @throws RangeError if the number is not a positive integer, or the memory is not shared
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
