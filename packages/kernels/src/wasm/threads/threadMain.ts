/** What a thread is given at its start. */
export interface ThreadStart {
  /** The backend's memory, shared by all threads. */
  readonly memory: WebAssembly.Memory;
  /** Whose exports together are the kernels. */
  readonly modules: readonly WebAssembly.Module[];
  /** `control` of the pool, as `controlWords` lays it out. */
  readonly control: Int32Array<SharedArrayBuffer>;
  readonly words: typeof controlWords;
  /** From 1 on; the thread that gives out the calls is 0. */
  readonly thread: number;
}

/** Places in the 32-bit words through which threads agree on what is to do. */
export const controlWords = {
  /** Number of the batch of calls that is open, 0 between batches. */
  open: 0,
  /** Threads that may be looking at the batch. */
  active: 1,
  /** Next call to be taken. */
  next: 2,
  /** Calls in the batch. */
  count: 3,
  /** Arguments of a call, scratch aside. */
  width: 4,
  /** The kernel: its place among all exports in the order of their names. */
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
 * A thread's life: it waits for a batch of calls to open and takes calls until none is left. It is sent to
 * the thread as text, so it must use nothing but its arguments and what every thread has.
 */
export function threadMain(
  { memory, modules, control, words, thread }: ThreadStart,
  ready: () => void,
): void {
  // Awake for a moment after each batch: in a step, the next one is near.
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
    // Only now is the batch known to stay: it ends when nobody is active any more.
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
