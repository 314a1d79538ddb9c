/**
 * What a mechanism released, as plain data that accountants read and ledgers store as JSON.
 *
 * Adjacency is add/remove of one example (or of one privacy unit, where units are what is sampled),
 * except under `sampledWithoutReplacement`, where it is replacement; an accountant refuses to
 * combine the two. Noise multipliers and scales are in units of what one example can contribute
 * (the clip norm).
 */
export type PrivacyEvent =
  | GaussianEvent
  | LaplaceEvent
  | PoissonSampledEvent
  | SampledWithoutReplacementEvent
  | NoiseClosenessEvent
  | ComposedEvent
  | SelfComposedEvent;

/** One release with Gaussian noise of standard deviation `noiseMultiplier` × sensitivity. */
export interface GaussianEvent {
  readonly kind: 'gaussian';
  readonly noiseMultiplier: number;
}

/** One release with Laplace noise of scale `scale` × L1 sensitivity. */
export interface LaplaceEvent {
  readonly kind: 'laplace';
  readonly scale: number;
}

/**
 * `event`, run on a batch that contains each example independently with probability `sampleRate`.
 */
export interface PoissonSampledEvent {
  readonly kind: 'poissonSampled';
  readonly sampleRate: number;
  readonly event: PrivacyEvent;
}

/**
 * `event`, run on a batch of exactly `batchSize` of `exampleCount` examples, all such batches being
 * equally likely. Adjacency is the replacement of one example by another, and both sizes are
 * public.
 */
export interface SampledWithoutReplacementEvent {
  readonly kind: 'sampledWithoutReplacement';
  readonly batchSize: number;
  readonly exampleCount: number;
  readonly event: PrivacyEvent;
}

/**
 * The cost of noise that a program draws with finitely many bits, in addition to the events of the
 * ideal mechanisms: the distribution of what was released is within the Rényi divergence
 * α·`divergence` of that of the ideal mechanisms, in both directions, for every order α from 2 to
 * 2²⁶, except for outcomes of total probability 10⁻¹³⁰/2. Divergences of several events add up;
 * sampling does not reduce them.
 */
export interface NoiseClosenessEvent {
  readonly kind: 'noiseCloseness';
  readonly divergence: number;
}

/**
 * Several events. What each one computes may depend on the outcomes of the earlier ones; noise and
 * sample rates are fixed beforehand.
 */
export interface ComposedEvent {
  readonly kind: 'composed';
  readonly events: readonly PrivacyEvent[];
}

/** `event`, `count` times. */
export interface SelfComposedEvent {
  readonly kind: 'selfComposed';
  readonly event: PrivacyEvent;
  readonly count: number;
}

/**
 * A release with Gaussian noise.
 *
 * @param noiseMultiplier standard deviation over sensitivity, finite, ≥ 0; 0 gives no guarantee at
 *   all
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
 * A release with Laplace noise, for a query of L1 sensitivity 1.
 *
 * @param scale the b of the density e^(−|x|/b) / 2b, finite, ≥ 0; 0 gives no guarantee at all
 * @throws RangeError if it is negative or not finite
 */
export function laplace(scale: number): LaplaceEvent {
  if (!(scale >= 0 && Number.isFinite(scale))) {
    throw new RangeError(
      `scale: expected a finite number ≥ 0 (Laplace scale over L1 sensitivity), got ${scale}`,
    );
  }
  return { kind: 'laplace', scale };
}

/**
 * An event on a Poisson sample. Batches of a fixed size and shuffled epochs are not Poisson
 * samples: their privacy is a different, usually weaker one.
 *
 * @param sampleRate probability with which each example is drawn, 0 ≤ q ≤ 1
 * @param event what is done with the sample; several releases from one draw are one `composed`
 *   event here
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

/**
 * An event on a batch of fixed size, drawn anew and without replacement for every event. This is
 * neither a Poisson sample nor a shuffled epoch. The multiplier of the event stays relative to what
 * one example can contribute; the accountant considers that a replacement changes a sum by up to
 * twice as much.
 *
 * @param batchSize number of examples drawn, an integer ≥ 0
 * @param exampleCount number of examples to draw from, an integer ≥ batchSize
 * @throws RangeError if a size is not an integer or does not fit
 */
export function sampledWithoutReplacement(
  batchSize: number,
  exampleCount: number,
  event: PrivacyEvent,
): SampledWithoutReplacementEvent {
  requireCount(batchSize, 'batchSize');
  if (requireCount(exampleCount, 'exampleCount') < batchSize) {
    throw new RangeError(
      `exampleCount: expected at least the batch size ${batchSize}, got ${exampleCount}`,
    );
  }
  return { kind: 'sampledWithoutReplacement', batchSize, exampleCount, event };
}

/**
 * How far the distribution of noise may be from the ideal one; compose it with the ideal
 * mechanisms' events.
 *
 * @param divergence Rényi divergence over order, finite, ≥ 0; 0 is the ideal itself
 * @throws RangeError if it is negative or not finite
 */
export function noiseCloseness(divergence: number): NoiseClosenessEvent {
  if (!(divergence >= 0 && Number.isFinite(divergence))) {
    throw new RangeError(
      `divergence: expected a finite number ≥ 0 (Rényi divergence over order), got ${divergence}`,
    );
  }
  return { kind: 'noiseCloseness', divergence };
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

/** The number itself, if it can count something. */
export function requireCount(count: number, name: string): number {
  if (!(Number.isSafeInteger(count) && count >= 0)) {
    const isTooLarge = Number.isInteger(count) && count > 0;
    throw new RangeError(
      `${name}: expected an integer ≥ 0, got ${count}` +
        (isTooLarge
          ? ', above 2^53 − 1, beyond which not every integer can be represented; nest selfComposed(selfComposed(event, m), n) for m·n times'
          : ''),
    );
  }
  return count;
}
