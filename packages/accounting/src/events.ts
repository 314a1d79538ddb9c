/**
 * What a mechanism released, as plain data: accountants read it, ledgers store it, JSON carries it.
 *
 * Adjacency is add/remove of one example (or of one privacy unit, where units are what is sampled).
 * Noise multipliers are standard deviations in units of the L2 sensitivity.
 */
export type PrivacyEvent = GaussianEvent | PoissonSampledEvent | ComposedEvent | SelfComposedEvent;

/** One release with Gaussian noise of standard deviation `noiseMultiplier` × sensitivity. */
export interface GaussianEvent {
  readonly kind: 'gaussian';
  readonly noiseMultiplier: number;
}

/** `event`, run on a batch into which every example falls independently with probability `sampleRate`. */
export interface PoissonSampledEvent {
  readonly kind: 'poissonSampled';
  readonly sampleRate: number;
  readonly event: PrivacyEvent;
}

/** Several events, each of which may have depended on the outcomes of the earlier ones. */
export interface ComposedEvent {
  readonly kind: 'composed';
  readonly events: readonly PrivacyEvent[];
}

/** `event`, `count` times over. */
export interface SelfComposedEvent {
  readonly kind: 'selfComposed';
  readonly event: PrivacyEvent;
  readonly count: number;
}

/**
 * A release with Gaussian noise.
 *
 * @param noiseMultiplier standard deviation over sensitivity, finite, ≥ 0; 0 gives no guarantee at all
 * @throws RangeError if it is negative or not finite
 */
export function gaussian(noiseMultiplier: number): GaussianEvent {
  if (!(noiseMultiplier >= 0 && Number.isFinite(noiseMultiplier))) {
    throw new RangeError(
      `noiseMultiplier: expected a finite number ≥ 0 (standard deviation over sensitivity), got ${noiseMultiplier}`,
    );
  }
  return { kind: 'gaussian', noiseMultiplier };
}

/**
 * An event on a Poisson sample. Batches of a fixed size and shuffled epochs are not Poisson samples:
 * their privacy is a different, usually weaker one.
 *
 * @param sampleRate probability with which each example is drawn, 0 ≤ q ≤ 1
 * @param event what is done with the sample; several releases from one draw are one `composed` event here
 * @throws RangeError if the rate is not a probability
 */
export function poissonSampled(sampleRate: number, event: PrivacyEvent): PoissonSampledEvent {
  if (!(sampleRate >= 0 && sampleRate <= 1)) {
    throw new RangeError(
      `sampleRate: expected a probability between 0 and 1 (expected batch size over data set size), got ${sampleRate}`,
    );
  }
  return { kind: 'poissonSampled', sampleRate, event };
}

/** Adaptive composition of events; an empty list spends nothing. */
export function composed(events: readonly PrivacyEvent[]): ComposedEvent {
  return { kind: 'composed', events: [...events] };
}

/**
 * An event repeated.
 *
 * @param count number of times, an integer ≥ 0
 * @throws RangeError if it is not
 */
export function selfComposed(event: PrivacyEvent, count: number): SelfComposedEvent {
  return { kind: 'selfComposed', event, count: requireCount(count, 'count') };
}

/** The number itself, if it can count events. */
export function requireCount(count: number, name: string): number {
  if (!(Number.isSafeInteger(count) && count >= 0)) {
    throw new RangeError(
      `${name}: expected an integer ≥ 0 (how often the event happens), got ${count}`,
    );
  }
  return count;
}
