import type { PrivacyEvent } from './events.ts';

/**
 * What every event comes down to: one kind of noise on one kind of sample, some number of times.
 */
export interface Mechanism {
  readonly noise: 'gaussian' | 'laplace';
  /**
   * Standard deviation or Laplace scale over what one example can contribute, ≥ 0; 0 is no noise.
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

  /**
   * @throws TypeError, and changes nothing, if the event is not supported or does not fit the
   * earlier ones
   */
  add(event: PrivacyEvent, count: number): void {
    const additions = flatten(event).filter((addition) => addition.count * count > 0);
    const kinds = [...this.#entries.values(), ...additions].map(
      ({ mechanism }) => mechanism.sampling,
    );
    if (new Set(kinds).size > 1) {
      throw new TypeError(
        'compose: sampledWithoutReplacement protects against the replacement of one example, every other event ' +
          'against adding or removing one; a sum of the two proves neither, use one kind of sampling throughout',
      );
    }
    for (const { mechanism, count: each } of additions) {
      const key = mechanismKey(mechanism);
      const total = (this.#entries.get(key)?.count ?? 0) + each * count;
      this.#entries.set(key, { mechanism, count: total });
    }
  }

  /** False as soon as something was released without noise. */
  get hasNoise(): boolean {
    return [...this.#entries.values()].every(({ mechanism }) => mechanism.scale > 0);
  }

  /** In an order that does not depend on the order of composition, so that sums do not either. */
  entries(): RepeatedMechanism[] {
    return [...this.#entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
  }
}

export function mechanismKey({ noise, scale, sampling, sampleRate }: Mechanism): string {
  return `${noise} ${scale} ${sampling} ${sampleRate}`;
}

/** The mechanisms behind an event, without what releases nothing (rate 0, count 0). */
function flatten(event: PrivacyEvent): RepeatedMechanism[] {
  switch (event.kind) {
    case 'composed':
      return event.events.flatMap(flatten);
    case 'selfComposed':
      return flatten(event.event).map(({ mechanism, count }) => ({
        mechanism,
        count: count * event.count,
      }));
    default: {
      const mechanism = fuse(event);
      return mechanism === undefined ? [] : [{ mechanism, count: 1 }];
    }
  }
}

/**
 * The one mechanism that an event run on a single sample amounts to; undefined if it releases
 * nothing.
 *
 * @throws TypeError if there is none whose privacy is known here
 */
function fuse(event: PrivacyEvent): Mechanism | undefined {
  switch (event.kind) {
    case 'gaussian':
      return plain('gaussian', event.noiseMultiplier);
    case 'laplace':
      return plain('laplace', event.scale);
    case 'poissonSampled': {
      const inner = event.sampleRate === 0 ? undefined : fuse(event.event);
      if (inner?.sampling === 'withoutReplacement') {
        throw new TypeError(
          'poissonSampled: sampledWithoutReplacement inside of it is not supported',
        );
      }
      // A Poisson sample of a Poisson sample is one at the product of the rates.
      const sampleRate = (inner?.sampleRate ?? 0) * event.sampleRate;
      return inner === undefined || sampleRate === 0 ? undefined : { ...inner, sampleRate };
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
 * chosen adaptively or not; nothing of the kind is known for the others.
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
  const precision = parts.reduce((sum, { scale }) => sum + scale ** -2, 0);
  return plain('gaussian', 1 / Math.sqrt(precision * repeats));
}
