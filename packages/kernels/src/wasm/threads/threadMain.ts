/** What a thread receives at its start. */
export interface ThreadStart {
  /** The backend's memory, shared by all threads. */
  readonly memory: WebAssembly.Memory;
  /** The modules whose exports together are the kernels. */
  readonly modules: readonly WebAssembly.Module[];
  /** `control` of the pool, as `controlWords` lays it out. */
  readonly control: Int32Array<SharedArrayBuffer>;
  readonly words: typeof controlWords;
  /** From 1 on; the thread that distributes the calls is 0. */
  readonly thread: number;
}

/** Indices into the 32-bit words with which threads coordinate their work. */
export const controlWords = {
  /** Number of the batch of calls that is open, 0 between batches. */
  open: 0,
  /** Number of threads that may be working on the batch. */
  active: 1,
  /** Next call to be taken. */
  next: 2,
  /** Calls in the batch. */
  count: 3,
  /** Number of arguments of a call, without scratch. */
  width: 4,
  /** The kernel: its index among all exports, sorted by name. */
  kernel: 5,
  /** Address of the arguments, float64, call after call. */
  calls: 6,
  /** Address and size of the first thread's scratch. */
  scratch: 7,
  scratchBytes: 8,
  /** 1 once a call has failed. */
  failed: 9,
  length: 10,
} as const;

/**
 * The main loop of a thread: it waits for a batch of calls, and takes calls until none is left. It
 * is sent to the thread as text, so it may use only its arguments and global objects.
 */
export function threadMain(
  { memory, modules, control, words, thread }: ThreadStart,
  ready: () => void,
): void {
  // Keeps spinning for a moment after each batch: within a step, the next one comes soon.
  const spins = 20_000;
  const exports: WebAssembly.Exports = {};
  for (const module of modules) {
    Object.assign(exports, new WebAssembly.Instance(module, { env: { memory } }).exports);
  }
  const kernels = Object.keys(exports)
    .sort()
    .map((name) => exports[name] as (...given: number[]) => void);
  const word = (index: number) => Atomics.load(control, index);
  ready();
  for (let done = 0; ;) {
    let open = word(words.open);
    for (let spin = 0; spin < spins && (open === 0 || open === done); spin++) {
      open = word(words.open);
    }
    if (open === 0 || open === done) {
      Atomics.wait(control, words.open, open);
      continue;
    }
    Atomics.add(control, words.active, 1);
    // Only now is it certain that the batch stays open: it cannot end while a thread is active.
    if (word(words.open) === open) {
      done = open;
      const width = word(words.width);
      const calls = new Float64Array(memory.buffer, word(words.calls) >>> 0);
      const kernel = kernels[word(words.kernel)]!;
      const scratch = (word(words.scratch) >>> 0) + thread * (word(words.scratchBytes) >>> 0);
      const count = word(words.count);
      try {
        for (let call = Atomics.add(control, words.next, 1); call < count;) {
          kernel(...calls.subarray(call * width, (call + 1) * width), scratch);
          call = Atomics.add(control, words.next, 1);
        }
      } catch {
        Atomics.store(control, words.failed, 1);
      }
    }
    Atomics.sub(control, words.active, 1);
    Atomics.notify(control, words.active);
  }
}
