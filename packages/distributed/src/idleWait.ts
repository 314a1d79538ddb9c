import { setImmediate, setTimeout } from 'node:timers/promises';
import { SilentRanksError, type Waiting } from './communicator.ts';

/** Milliseconds of looking all the time, for answers that are nearly there. */
const eager = 2;

/**
 * Waits until `look` has found something, at first all the time, then once a millisecond, so that
 * the core is free for others and signals are heard.
 *
 * @param missing ranks that are waited for, for the error
 */
export async function waitFor<T>(
  look: () => T | null,
  missing: () => readonly number[],
  { limitSeconds = Infinity, signal }: Waiting = {},
): Promise<T> {
  const start = performance.now();
  for (;;) {
    const found = look();
    if (found !== null) return found;
    signal?.throwIfAborted();
    const waited = performance.now() - start;
    if (waited > 1000 * limitSeconds) throw new SilentRanksError(missing(), limitSeconds);
    await (waited < eager ? setImmediate() : setTimeout(1));
  }
}
