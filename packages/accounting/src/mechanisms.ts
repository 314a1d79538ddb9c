import type { PrivacyEvent } from './events.ts';
import { closenessDivergence } from './noiseCloseness.ts';
import { parsePrivacyEvent } from './parsePrivacyEvent.ts';

/**
 * The form to which every event is reduced: one kind of noise on one kind of sample, repeated some
 * number of times.
 */
export interface Mechanism {
  readonly noise: 'gaussian' | 'laplace';
  /**
   * Standard deviation or Laplace scale, divided by one example's greatest contribution; ≥ 0, 0 is
   * no noise.
   */
  readonly scale: number;
  /** `poisson` means add/remove adjacency, `withoutReplacement` replacement of one example. */
  readonly sampling: 'poisson' | 'withoutReplacement';
  /** Probability with which an example takes part, in (0, 1]; 1 is the plain mechanism. */
  readonly sampleRate: number;
}

export interface RepeatedMechanism {
  readonly mechanism: Mechanism;
  readonly count: number;
}

/**
 * Running totals of the mechanisms behind a sequence of events; equal mechanisms are counted
 * together.
 */
export class MechanismTally {
  readonly #entries = new Map<string, RepeatedMechanism>();
  #divergence = 0;

  /**
   * @throws TypeError if it is not an event, is not supported or does not fit the earlier ones,
   *   RangeError if no number can hold its count; then nothing is changed
   */
  add(event: PrivacyEvent, count: number): void {
    const parsed = parsePrivacyEvent(event);
    const additions = flatten(parsed).filter((addition) => addition.count * count > 0);
    const kinds = [...this.#entries.values(), ...additions].map(
      ({ mechanism }) => mechanism.sampling,
    );
    if (new Set(kinds).size > 1) {
      throw new TypeError(
        'compose: sampledWithoutReplacement protects against the replacement of one example, every other event ' +
          'against adding or removing one; a sum of the two proves neither, use one kind of sampling throughout',
      );
    }
    const totals = new Map<string, RepeatedMechanism>();
    for (const { mechanism, count: each } of additions) {
      const key = mechanismKey(mechanism);
      const before = totals.get(key) ?? this.#entries.get(key);
      totals.set(key, { mechanism, count: requireFinite((before?.count ?? 0) + each * count) });
    }
    for (const [key, total] of totals) this.#entries.set(key, total);
    this.#divergence += count * closenessDivergence(parsed);
  }

  /** False once something was released without noise. */
  get hasNoise(): boolean {
    return [...this.#entries.values()].every(({ mechanism }) => mechanism.scale > 0);
  }

  /** Sum of the divergences of all `noiseCloseness` events. */
  get divergence(): number {
    return this.#divergence;
  }

  /** Sorted, so that sums do not depend on the order of composition. */
  entries(): RepeatedMechanism[] {
    return [...this.#entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
  }
}

/**
 * A number of releases. Beyond 2^53 it is rounded, by far less than every bound is raised against
 * rounding.
 */
function requireFinite(count: number): number {
  if (Number.isFinite(count)) return count;
  throw new RangeError(
    'count: nested repetitions multiply to more than any number can hold; take a smaller count in selfComposed or compose',
  );
}

export function mechanismKey({ noise, scale, sampling, sampleRate }: Mechanism): string {
  return `${noise} ${scale} ${sampling} ${sampleRate}`;
}

/** The mechanisms of an event, without those that release nothing (rate 0, count 0). */
function flatten(event: PrivacyEvent): RepeatedMechanism[] {
  switch (event.kind) {
    case 'composed':
      return event.events.flatMap(flatten);
    case 'selfComposed':
      return flatten(event.event).map(({ mechanism, count }) => ({
        mechanism,
        count: count * event.count,
      }));
    case 'noiseCloseness':
      return [];
    default: {
      const mechanism = fuse(event);
      return mechanism === undefined ? [] : [{ mechanism, count: 1 }];
    }
  }
}

/**
 * The one mechanism that is equivalent to an event on a single sample; undefined if it releases
 * nothing.
 *
 * @throws TypeError if no mechanism with known privacy matches
 */
function fuse(event: PrivacyEvent): Mechanism | undefined {
  switch (event.kind) {
    case 'gaussian':
      return plain('gaussian', event.noiseMultiplier);
    case 'laplace':
      return plain('laplace', event.scale);
    case 'noiseCloseness':
      throw new TypeError(
        'noiseCloseness: sampling does not reduce it; put it beside the sampled event: ' +
          'composed([poissonSampled(…), noiseCloseness(…)])',
      );
    case 'poissonSampled': {
      const inner = event.sampleRate === 0 ? undefined : fuse(event.event);
      if (inner?.sampling === 'withoutReplacement') {
        throw new TypeError(
          'poissonSampled: sampledWithoutReplacement inside of it is not supported',
        );
      }
      // A Poisson sample of a Poisson sample is one at the product of the rates.
      if (inner === undefined) return undefined;
      // Stays above 0, however small: a positive rate always releases something.
      const sampleRate = Math.max(Number.MIN_VALUE, inner.sampleRate * event.sampleRate);
      return { ...inner, sampleRate };
    }
    case 'sampledWithoutReplacement': {
      const inner = event.batchSize === 0 ? undefined : fuse(event.event);
      if (inner === undefined) return undefined;
      if (inner.sampleRate < 1 || inner.sampling !== 'poisson') {
        throw new TypeError(
          'sampledWithoutReplacement: a further sampling inside of it is not supported',
        );
      }
      const sampleRate = event.batchSize / event.exampleCount;
      return { ...inner, sampling: 'withoutReplacement', sampleRate };
    }
    case 'selfComposed':
      return event.count === 0 ? undefined : fuseAll([event.event], event.count);
    case 'composed':
      return fuseAll(event.events, 1);
  }
}

const plain = (noise: Mechanism['noise'], scale: number): Mechanism => ({
  noise,
  scale,
  sampling: 'poisson',
  sampleRate: 1,
});

/**
 * Several releases from one draw. Gaussian ones are a single Gaussian release with 1/σ² = Σ 1/σᵢ²,
 * chosen adaptively or not; no such rule is known for the others.
 */
function fuseAll(events: readonly PrivacyEvent[], repeats: number): Mechanism | undefined {
  const parts = events.map(fuse).filter((part) => part !== undefined);
  if (parts.length <= 1 && repeats === 1) return parts[0];
  if (parts.length === 0) return undefined;
  if (
    parts.some(
      ({ noise, sampleRate, sampling }) =>
        noise !== 'gaussian' || sampleRate < 1 || sampling !== 'poisson',
    )
  ) {
    throw new TypeError(
      'composed: several releases from one sample are supported only if each is a plain gaussian event; give every ' +
        'other release a sample of its own: composed([poissonSampled(…), poissonSampled(…)])',
    );
  }
  return plain(
    'gaussian',
    fusedGaussianScale(parts.map(({ scale }) => ({ scale, count: repeats }))),
  );
}

/**
 * The one σ that is equivalent to several plain Gaussian releases, 1/σ² = Σ 1/σᵢ², computed
 * relative to the smallest one, so that no power overflows or underflows. Rounded down, which is
 * the safe side.
 */
export function fusedGaussianScale(
  parts: readonly { readonly scale: number; readonly count: number }[],
): number {
  const smallest = parts.reduce((least, { scale }) => Math.min(least, scale), Infinity);
  if (smallest === 0) return 0;
  const precision = parts.reduce(
    (sum, { scale, count }) => sum + count * (smallest / scale) ** 2,
    0,
  );
  const rounding =
    parts.length === 1 && parts[0]!.count === 1 ? 0 : (parts.length + 3) * Number.EPSILON;
  return (smallest / Math.sqrt(precision)) * (1 - rounding);
}
