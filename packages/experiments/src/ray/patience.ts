import { setTimeout } from 'node:timers/promises';
import { RayUnreachableError } from './rayJobs.ts';

/** Times of asking again, in milliseconds. */
export interface Delays {
  /** From one look at a job to the next at first; later a tenth of what it has taken. */
  readonly firstLook: number;
  readonly longestLook: number;
  /** From a question without an answer to the next; doubled each time. */
  readonly firstRetry: number;
  readonly longestRetry: number;
  /** How long Ray may be silent. */
  readonly patience: number;
  /** How long a job that waits for room is waited for after it was asked to end. */
  readonly stopWait: number;
}

export const defaultDelays: Delays = {
  ...{ firstLook: 250, longestLook: 5000 },
  ...{ firstRetry: 500, longestRetry: 30_000 },
  ...{ patience: 30 * 60_000, stopWait: 5000 },
};

/** Asks again while Ray does not answer, for all cells together, and says so once. */
export class Patience {
  readonly #delays: Delays;
  readonly #notice: (line: string) => void;
  #silentSince: number | null = null;
  #answeredAt = 0;

  constructor(delays: Delays, notice: (line: string) => void) {
    this.#delays = delays;
    this.#notice = notice;
  }

  /**
   * The answer, once there is one.
   *
   * Rejects with RayUnreachableError when Ray has been silent for too long, with the reason of the
   * signal, and with whatever else `ask` rejects with.
   */
  async answer<T>(ask: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { firstRetry, longestRetry, patience } = this.#delays;
    const begin = performance.now();
    for (let retry = firstRetry; ; retry = Math.min(2 * retry, longestRetry)) {
      signal?.throwIfAborted();
      const askedAt = performance.now();
      try {
        const answer = await ask();
        if (this.#silentSince !== null) this.#notice('Ray answers again');
        this.#silentSince = null;
        this.#answeredAt = performance.now();
        return answer;
      } catch (error) {
        if (!(error instanceof RayUnreachableError)) throw error;
        if (performance.now() - begin > patience) throw error;
        // Another cell may have had an answer since then.
        if (askedAt > this.#answeredAt) this.#noteSilence(error);
      }
      await setTimeout(retry, undefined, signal && { signal });
    }
  }

  #noteSilence(error: RayUnreachableError): void {
    const now = performance.now();
    if (this.#silentSince === null) this.#notice(`${error.message}; asking again until it does`);
    this.#silentSince ??= now;
    if (now - this.#silentSince > this.#delays.patience) throw error;
  }
}
