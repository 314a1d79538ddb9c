import { compileModules } from '../module/compiledModules.ts';
import type { WasmModule } from '../module/wasmModule.ts';
import { spawnThread, type RunningThread } from './spawnThread.ts';
import { controlWords as words } from './threadMain.ts';
import { memoryOf, type WasmBackend } from '../module/wasmBackend.ts';

const pools = new WeakMap<WebAssembly.Memory, ThreadPool>();

/** The threads that share a backend's memory, if any were started. */
export function threadPoolOf(backend: WasmBackend): ThreadPool | undefined {
  return pools.get(memoryOf(backend));
}

/** Number of threads that run a backend's kernels. */
export function threadCount(backend: WasmBackend): number {
  return threadPoolOf(backend)?.size ?? 1;
}

/** Rows of a product that are computed at once. */
const rowsOfTile = 4;

/** Rows for each thread, in whole tiles, where threads share the rows of a product. */
export function rowsOfShare(backend: WasmBackend, rows: number): number {
  return Math.ceil(rows / threadCount(backend) / rowsOfTile) * rowsOfTile;
}

/**
 * Runs the kernels of a WASM backend on this many threads from now on, including this one. Results
 * do not depend on their number.
 *
 * @param backend in shared memory
 * @returns a function that ends the threads; it may also be called after the backend was removed
 * @throws RangeError if the number is not a positive integer, or the memory is not shared
 */
export async function startThreads(backend: WasmBackend, count: number): Promise<() => void> {
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`threads: expected a positive integer, got ${count}`);
  }
  const memory = memoryOf(backend);
  const stop = () => {
    pools.get(memory)?.stop();
    pools.delete(memory);
  };
  stop();
  if (count === 1) return stop;
  if (!(memory.buffer instanceof SharedArrayBuffer)) {
    throw new RangeError(`threads: the backend's memory is not shared, so that it has one thread`);
  }
  const modules = compileModules(true);
  const control = new Int32Array(new SharedArrayBuffer(words.length * 4));
  const threads = await Promise.all(
    Array.from({ length: count - 1 }, (_, i) =>
      spawnThread({ memory, modules, control, words, thread: i + 1 }),
    ),
  );
  pools.set(memory, new ThreadPool(memory, control, threads));
  return stop;
}

/** Threads that share a memory, and the words with which they coordinate their work. */
export class ThreadPool {
  private readonly memory: WebAssembly.Memory;
  private readonly control: Int32Array<SharedArrayBuffer>;
  private readonly threads: readonly RunningThread[];
  private batches = 0;
  /** Names of the kernels in the order that threads use. */
  private kernels: readonly string[] | undefined;
  /** Whether this thread may sleep, which a browser's main thread may not. */
  private readonly maySleep = !('document' in globalThis);

  constructor(
    memory: WebAssembly.Memory,
    control: Int32Array<SharedArrayBuffer>,
    threads: readonly RunningThread[],
  ) {
    this.memory = memory;
    this.control = control;
    this.threads = threads;
  }

  /** Number of threads, including the one that distributes the calls. */
  get size(): number {
    return this.threads.length + 1;
  }

  /**
   * Runs a kernel once with each list of arguments, on any free thread, and returns when all calls
   * are done.
   *
   * @param block scratch of this many bytes: `blockBytes`
   */
  run(
    module: WasmModule,
    kernel: keyof WasmModule,
    calls: readonly (readonly unknown[])[],
    scratchBytes: number,
    block: number,
  ): void {
    const { control, memory } = this;
    const width = calls[0]!.length;
    const stride = aligned(scratchBytes);
    const given = new Float64Array(memory.buffer, block, calls.length * width);
    let place = 0;
    for (const call of calls) for (const value of call) given[place++] = Number(value);
    const scratch = block + aligned(given.byteLength);

    control[words.next] = 0;
    control[words.count] = calls.length;
    control[words.width] = width;
    this.kernels ??= Object.keys(module).sort();
    control[words.kernel] = this.kernels.indexOf(kernel);
    control[words.calls] = block;
    control[words.scratch] = scratch;
    control[words.scratchBytes] = stride;
    control[words.failed] = 0;
    this.batches = (this.batches % 0x7fffffff) + 1;
    Atomics.store(control, words.open, this.batches);
    Atomics.notify(control, words.open);

    const run = module[kernel] as (...given: unknown[]) => void;
    try {
      for (let call = this.take(); call < calls.length; call = this.take()) {
        run(...calls[call]!, scratch);
      }
    } finally {
      // If this thread's own call threw, calls that no thread has taken are skipped.
      Atomics.store(control, words.next, calls.length);
      Atomics.store(control, words.open, 0);
      this.waitForOthers();
    }
    if (control[words.failed] !== 0) {
      throw new Error(
        `${kernel}: a call failed in another thread; run with one thread to see the reason`,
      );
    }
  }

  stop(): void {
    for (const thread of this.threads) thread.stop();
  }

  private take(): number {
    return Atomics.add(this.control, words.next, 1);
  }

  private waitForOthers(): void {
    const { control } = this;
    for (let spin = 0; ; spin++) {
      const active = Atomics.load(control, words.active);
      if (active === 0) return;
      if (spin > 10_000 && this.maySleep) Atomics.wait(control, words.active, active, 1);
    }
  }
}

/** Bytes of the block that `ThreadPool.run` needs. */
export function blockBytes(
  calls: readonly (readonly unknown[])[],
  scratchBytes: number,
  threads: number,
): number {
  return aligned(calls.length * (calls[0]?.length ?? 0) * 8) + threads * aligned(scratchBytes);
}

/** Rounds up to whole cache lines, so that threads do not share one. */
function aligned(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}
