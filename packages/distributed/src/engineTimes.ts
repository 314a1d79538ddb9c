/** Where the time of the requests went on rank 0, in seconds. */
export interface EngineTimes {
  /** On its own part. */
  readonly computing: number;
  /** For slower ranks, after its own part was done. */
  readonly waiting: number;
  /** On messages, weights and sums. */
  readonly engine: number;
}

/**
 * Adds up where the time of whole requests goes; what is not named otherwise is the engine's. Of
 * what is outside of whole requests nothing counts.
 */
export class Stopwatch {
  #total = 0;
  #computing = 0;
  #waiting = 0;
  #isRunning = false;

  get times(): EngineTimes {
    const engine = this.#total - this.#computing - this.#waiting;
    return { computing: this.#computing, waiting: this.#waiting, engine };
  }

  /** A whole request. */
  async whole<T>(work: () => Promise<T>): Promise<T> {
    this.#isRunning = true;
    try {
      return await this.#measured(work, (seconds) => (this.#total += seconds));
    } finally {
      this.#isRunning = false;
    }
  }

  async computing<T>(work: () => Promise<T>): Promise<T> {
    return this.#measured(work, (seconds) => (this.#computing += seconds));
  }

  async waiting<T>(work: () => Promise<T>): Promise<T> {
    return this.#measured(work, (seconds) => (this.#waiting += seconds));
  }

  async #measured<T>(work: () => Promise<T>, add: (seconds: number) => void): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      if (this.#isRunning) add((performance.now() - start) / 1000);
    }
  }
}
