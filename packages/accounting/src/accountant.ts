import type { PrivacyEvent } from './events.ts';

/** Adds up the privacy loss of events. Every answer is an upper bound. */
export interface Accountant {
  /**
   * Adds an event that happens `count` times.
   *
   * @throws RangeError if the count is not an integer from 0 to 2^53 − 1; TypeError if it is not an
   *   event, or this accountant knows no bound for it
   */
  compose(event: PrivacyEvent, count?: number): this;

  /** False once something was released without noise: ε is then Infinity and δ is 1. */
  readonly hasGuarantee: boolean;

  /**
   * The smallest ε that is proven for δ, ≥ 0; Infinity means that there is no guarantee, and must
   * be shown as such.
   *
   * @throws RangeError if δ is not strictly between 0 and 1
   */
  epsilon(delta: number): number;

  /**
   * The smallest δ that is proven for ε, between 0 and 1; 1 means that there is no guarantee.
   *
   * @throws RangeError if ε is negative or not finite
   */
  delta(epsilon: number): number;
}

/**
 * Checks a δ and returns it.
 *
 * @throws RangeError if it is not strictly between 0 and 1
 */
export function requireDelta(delta: number): number {
  if (!(delta > 0 && delta < 1)) {
    throw new RangeError(
      `delta: expected a probability strictly between 0 and 1, well below 1 / (number of examples), got ${delta}`,
    );
  }
  return delta;
}

/** Checks an ε and returns it. */
export function requireEpsilon(epsilon: number): number {
  if (!(epsilon >= 0 && Number.isFinite(epsilon))) {
    throw new RangeError(`epsilon: expected a finite number ≥ 0, got ${epsilon}`);
  }
  return epsilon;
}
