import type { PrivacyEvent } from './events.ts';

/** What every event comes down to: Gaussian noise on a Poisson sample, some number of times. */
export interface SampledMechanism {
  /** Probability with which an example takes part, in (0, 1]; 1 is the plain mechanism. */
  readonly sampleRate: number;
  /** Standard deviation over sensitivity, ≥ 0. */
  readonly noiseMultiplier: number;
}

export interface RepeatedMechanism {
  readonly mechanism: SampledMechanism;
  readonly count: number;
}

/** Running totals of the mechanisms behind a sequence of events; equal mechanisms are counted together. */
export class MechanismTally {
  readonly #entries = new Map<string, RepeatedMechanism>();

  add(event: PrivacyEvent, count: number): void {
    for (const { mechanism, count: each } of flatten(event)) {
      const key = `${mechanism.sampleRate} ${mechanism.noiseMultiplier}`;
      const total = (this.#entries.get(key)?.count ?? 0) + each * count;
      if (total > 0) this.#entries.set(key, { mechanism, count: total });
    }
  }

  /** In an order that does not depend on the order of composition, so that sums do not either. */
  entries(): RepeatedMechanism[] {
    return [...this.#entries.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, value]) => value);
  }
}

/**
 * The mechanisms behind an event. Nothing is returned for what releases nothing (rate 0, count 0).
 *
 * @throws TypeError if a Poisson sample is used in a way whose privacy is not known here
 */
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
 * The one mechanism that an event run on a single sample amounts to. Gaussian releases from one draw are
 * one Gaussian release with 1/σ² = Σ 1/σᵢ², chosen adaptively or not; a Poisson sample of a Poisson sample
 * is a Poisson sample at the product of the rates.
 */
function fuse(event: PrivacyEvent): SampledMechanism | undefined {
  switch (event.kind) {
    case 'gaussian':
      return { sampleRate: 1, noiseMultiplier: event.noiseMultiplier };
    case 'poissonSampled': {
      const inner = event.sampleRate === 0 ? undefined : fuse(event.event);
      if (inner === undefined) return undefined;
      const sampleRate = inner.sampleRate * event.sampleRate;
      return sampleRate === 0 ? undefined : { ...inner, sampleRate };
    }
    case 'selfComposed':
    case 'composed': {
      const parts = event.kind === 'composed' ? event.events : [event.event];
      const repeats = event.kind === 'composed' ? 1 : event.count;
      const mechanisms = repeats === 0 ? [] : parts.map(fuse).filter((part) => part !== undefined);
      const [first] = mechanisms;
      if (first === undefined || (mechanisms.length === 1 && repeats === 1)) return first;
      if (mechanisms.some(({ sampleRate }) => sampleRate < 1)) {
        throw new TypeError(
          'poissonSampled: a composition of sampled events inside of one sample is not supported; ' +
            'compose the sampled events outside: composed([poissonSampled(…), poissonSampled(…)])',
        );
      }
      const precision = mechanisms.reduce((sum, part) => sum + part.noiseMultiplier ** -2, 0);
      return { sampleRate: 1, noiseMultiplier: 1 / Math.sqrt(precision * repeats) };
    }
  }
}
