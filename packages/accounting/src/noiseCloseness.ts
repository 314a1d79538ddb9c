import { composed, selfComposed } from './events.ts';
import type { PrivacyEvent } from './events.ts';

/** The divergence of a `noiseCloseness` event holds for orders from 2 to this one. */
const LARGEST_ORDER = 2 ** 26;
/**
 * Beyond this (2⁵³ values and more) the outcomes not covered by the divergence are not rare enough.
 */
const LARGEST_DIVERGENCE = 2 ** -22;
/** δ′, the largest first: the smaller one is for an ε of at least 20, or a tiny δ. */
const FAILURES = [1e-20, 1e-130] as const;
/** Share of δ that may be used for δ′; the rest is for the ideal mechanism. */
const SHARE = 2 ** -20;
/** Covers rounding errors, also of millions of sums. */
const ROUNDING_GUARD = 1 + 1e-9;

/**
 * ε′ of all `noiseCloseness` events within an event, at δ′ = 10⁻²⁰: real and ideal mechanism are
 * (ε′, δ′) indistinguishable, and so the guarantee of the real one has 2ε′ more than that of the
 * ideal.
 *
 * @returns 0 without such an event; Infinity if there are too many events for the proof
 */
export function noiseClosenessEpsilon(event: PrivacyEvent): number {
  return closenessEpsilon(closenessDivergence(event), FAILURES[0]);
}

/** The divergences of all `noiseCloseness` events within an event, added up. */
export function closenessDivergence(event: PrivacyEvent): number {
  switch (event.kind) {
    case 'noiseCloseness':
      return event.divergence;
    case 'composed':
      return event.events.reduce((sum, each) => sum + closenessDivergence(each), 0);
    case 'selfComposed':
      return event.count * closenessDivergence(event.event);
    default:
      return 0;
  }
}

/** An event without the `noiseCloseness` events within it: the ideal mechanisms. */
export function idealPart(event: PrivacyEvent): PrivacyEvent {
  switch (event.kind) {
    case 'noiseCloseness':
      return composed([]);
    case 'composed':
      return composed(event.events.map(idealPart));
    case 'selfComposed':
      return selfComposed(idealPart(event.event), event.count);
    default:
      return event;
  }
}

/**
 * min over α of αρ + log(2/δ′)/(α − 1), which is ρ + 2√(ρ·log(2/δ′)) where the orders reach that
 * far. The other half of δ′ is for the outcomes that the divergence does not cover.
 */
function closenessEpsilon(divergence: number, failure: number): number {
  if (divergence === 0) return 0;
  if (!(divergence <= LARGEST_DIVERGENCE)) return Infinity;
  const logFailure = Math.log(2 / failure);
  const order = Math.min(LARGEST_ORDER, 1 + Math.sqrt(logFailure / divergence));
  return ROUNDING_GUARD * (order * divergence + logFailure / (order - 1));
}

/**
 * ε of the real mechanism from that of the ideal one. With both (ε′, δ′) indistinguishable on every
 * data set, P ≤ e^ε′Q + δ′ ≤ e^ε′(e^ε·Q′ + δᵢ) + δ′
 * ≤ e^(ε + 2ε′)·P′ + e^ε′·δᵢ + (1 + e^(ε + ε′))·δ′. The last two terms together are δ at most.
 *
 * @param ideal ε(δ) of the ideal mechanism, from above
 */
export function epsilonOfClose(
  ideal: (delta: number) => number,
  divergence: number,
  delta: number,
): number {
  if (divergence === 0) return ideal(delta);
  for (const failure of FAILURES) {
    const closeness = closenessEpsilon(divergence, failure);
    const idealDelta = delta * (1 - 2 * SHARE) * Math.exp(-closeness);
    if (!(idealDelta > 0)) break;
    const epsilon = ideal(idealDelta);
    if (epsilon === Infinity) break;
    if (lostDelta(epsilon, closeness, failure) <= SHARE * delta) return epsilon + 2 * closeness;
  }
  return Infinity;
}

/**
 * δ of the real mechanism from that of the ideal one, as `epsilonOfClose`; below 2ε′ by the total
 * variation distance, which is at most √ρ (Pinsker, at order 2) except for the outcomes not
 * covered.
 *
 * @param ideal δ(ε) of the ideal mechanism, from above
 */
export function deltaOfClose(
  ideal: (epsilon: number) => number,
  divergence: number,
  epsilon: number,
): number {
  if (divergence === 0) return ideal(epsilon);
  let least = 1;
  for (const failure of FAILURES) {
    const closeness = closenessEpsilon(divergence, failure);
    const rest = epsilon - 2 * closeness;
    if (closeness === Infinity) continue;
    const delta =
      rest >= 0
        ? Math.exp(closeness) * ideal(rest) + lostDelta(rest, closeness, failure)
        : ideal(0) + 2 * (Math.sqrt(divergence) + failure);
    least = Math.min(least, ROUNDING_GUARD * delta);
  }
  return least;
}

/**
 * Like `epsilonOfClose`, from below: the least ε of the real mechanism, given that of the ideal
 * one.
 */
export function leastEpsilonOfClose(
  ideal: (delta: number) => number,
  divergence: number,
  delta: number,
  upperBound: number,
): number {
  if (divergence === 0) return ideal(delta);
  const failure = FAILURES[1];
  const closeness = closenessEpsilon(divergence, failure);
  const idealDelta = delta * (1 + 2 * SHARE) * Math.exp(closeness);
  const isLittle = lostDelta(upperBound, closeness, failure) <= SHARE * delta;
  return isLittle && idealDelta < 1 ? Math.max(0, ideal(idealDelta) - 2 * closeness) : 0;
}

/** Like `deltaOfClose`, from below. */
export function leastDeltaOfClose(
  ideal: (epsilon: number) => number,
  divergence: number,
  epsilon: number,
): number {
  if (divergence === 0) return ideal(epsilon);
  const failure = FAILURES[1];
  const closeness = closenessEpsilon(divergence, failure);
  if (closeness === Infinity) return 0;
  const delta = ideal(epsilon + 2 * closeness) - lostDelta(epsilon, closeness, failure);
  return Math.max(0, Math.exp(-closeness) * delta) / ROUNDING_GUARD;
}

/** (1 + e^(ε + ε′))·δ′ */
function lostDelta(epsilon: number, closeness: number, failure: number): number {
  return (1 + Math.exp(epsilon + closeness)) * failure;
}
