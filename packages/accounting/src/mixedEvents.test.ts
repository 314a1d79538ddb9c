import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { gaussian, laplace, poissonSampled, selfComposed } from './events.ts';
import type { PrivacyEvent } from './events.ts';
import { PldAccountant } from './pld/pldAccountant.ts';
import { RdpAccountant } from './rdp/rdpAccountant.ts';
import { mixedReference } from './testing/mixedReference.ts';

const step = (sampleRate: number, noiseMultiplier: number) =>
  poissonSampled(sampleRate, gaussian(noiseMultiplier));

/** Each event with its count, composed one after the other. */
function composedBy<T extends PldAccountant | RdpAccountant>(
  accountant: T,
  releases: readonly (readonly [PrivacyEvent, number])[],
): T {
  for (const [event, count] of releases) accountant.compose(event, count);
  return accountant;
}

describe('losses at rate 1, beside sampled ones', () => {
  it.each<[string, readonly (readonly [PrivacyEvent, number])[], number]>([
    ['one loud Gaussian release', [[gaussian(0.2), 1]], 33.12],
    ['sixteen at σ = 1', [[gaussian(1), 16]], 24.3993],
    ['sixteen at σ = 1, as an event', [[selfComposed(gaussian(1), 16), 1]], 24.3993],
    ['rate 1 said so', [[step(1, 0.2), 1]], 33.12],
    ['a rate next to 1', [[step(1 - 2 ** -53, 0.2), 1]], 33.12],
  ])('%s and a hundred steps', (_, before, expected) => {
    const accountant = composedBy(new PldAccountant(), [...before, [step(0.01, 1), 100]]);
    const epsilon = accountant.epsilon(1e-5);
    expect(Math.abs(epsilon - expected)).toBeLessThan(1e-3);
    const lower = accountant.epsilon(1e-5, { estimate: 'optimistic' });
    expect(lower).toBeLessThanOrEqual(epsilon);
    expect(lower).toBeGreaterThan(epsilon - 2e-3);
    const delta = accountant.delta(epsilon);
    expect(delta).toBeLessThanOrEqual(1e-5 * (1 + 1e-6));
    expect(delta).toBeGreaterThan(0.99e-5);
  });

  it('a single Laplace release with little noise has its closed form, b⁻¹ + 2·log(1 − δ)', () => {
    const accountant = new PldAccountant().compose(laplace(0.02));
    for (const delta of [1e-9, 1e-5, 0.01]) {
      const exact = 50 + 2 * Math.log1p(-delta);
      expect(accountant.epsilon(delta)).toBeGreaterThanOrEqual(exact - 1e-12);
      expect(accountant.epsilon(delta)).toBeLessThan(exact + 1e-6);
      expect(accountant.epsilon(delta, { estimate: 'optimistic' })).toBeLessThanOrEqual(exact);
    }
    expect(accountant.epsilon(1e-5)).toBeCloseTo(49.99998, 6);
  });

  it.each([1e-16, 1e-12, 1e-6, 1e-3])('the rate 1 − %d spends what rate 1 does, or less', (gap) => {
    const near = composedBy(new PldAccountant(), [
      [step(1 - gap, 0.3), 2],
      [laplace(0.5), 1],
    ]);
    const at = composedBy(new PldAccountant(), [
      [step(1, 0.3), 2],
      [laplace(0.5), 1],
    ]);
    expect(near.epsilon(1e-5)).toBeLessThanOrEqual(at.epsilon(1e-5) + 1e-4);
    expect(near.epsilon(1e-5)).toBeGreaterThan(at.epsilon(1e-5) * (1 - 2 * gap) - 1e-4);
  });
});

describe('mixed events against published values', () => {
  const cases = mixedReference.map((each) => [JSON.stringify(each.releases), each] as const);

  it.each(cases)('%s', (_, { releases, delta, epsilon }) => {
    const accountant = new PldAccountant();
    for (const [sampleRate, noise, scale, count] of releases) {
      const event = noise === 'gaussian' ? gaussian(scale) : laplace(scale);
      accountant.compose(sampleRate === 1 ? event : poissonSampled(sampleRate, event), count);
    }
    expect(Math.abs(accountant.epsilon(delta) - epsilon)).toBeLessThan(1e-3);
  });
});

describe('mixed events of every size', () => {
  const logUniform = (lower: number, upper: number) =>
    fc.double({ min: Math.log(lower), max: Math.log(upper), noNaN: true }).map(Math.exp);
  const countUpTo = (most: number) => logUniform(1, most + 1).map(Math.floor);
  const rate = fc.oneof(
    fc.constantFrom(0, 1),
    logUniform(1e-6, 1),
    logUniform(1e-16, 1).map((gap) => 1 - gap),
  );
  const plain = fc.oneof(
    { weight: 2, arbitrary: logUniform(0.2, 50).map(gaussian) },
    { weight: 1, arbitrary: logUniform(0.02, 50).map(laplace) },
  );
  const release = fc.tuple(
    fc.oneof(
      plain,
      fc.tuple(rate, plain).map(([q, event]) => poissonSampled(q, event)),
    ),
    fc.oneof(fc.constant(1), countUpTo(1000), countUpTo(1e6)),
  );
  const releases = fc.array(release, { minLength: 1, maxLength: 3 });

  it('optimistic ≤ answer ≤ Rényi, finite, and δ(ε) fits', () => {
    fc.assert(
      fc.property(releases, logUniform(1e-12, 0.5), (list, delta) => {
        const accountant = composedBy(new PldAccountant(), list);
        const renyi = composedBy(new RdpAccountant(), list);
        const epsilon = accountant.epsilon(delta);
        expect(epsilon).toBeGreaterThanOrEqual(0);
        expect(epsilon).toBeLessThan(Infinity);
        expect(epsilon).toBeLessThanOrEqual(renyi.epsilon(delta));
        const lower = accountant.epsilon(delta, { estimate: 'optimistic' });
        expect(lower).toBeGreaterThanOrEqual(0);
        expect(lower).toBeLessThanOrEqual(epsilon);
        const atEpsilon = accountant.delta(epsilon);
        expect(atEpsilon).toBeGreaterThanOrEqual(0);
        expect(atEpsilon).toBeLessThanOrEqual(delta * (1 + 1e-6));
        for (const other of [0, epsilon / 2, 2 * epsilon + 1, 1e300]) {
          const above = accountant.delta(other);
          expect(above).toBeGreaterThanOrEqual(0);
          expect(above).toBeLessThanOrEqual(Math.min(1, renyi.delta(other)));
          const below = accountant.delta(other, { estimate: 'optimistic' });
          expect(below).toBeGreaterThanOrEqual(0);
          expect(below).toBeLessThanOrEqual(above);
        }
      }),
      { seed: 15, numRuns: 12 },
    );
  });

  it('δ is 0 only where nothing was released, or a bound holds without it', () => {
    for (const noise of [1, 1e100, 1e170]) {
      for (const epsilon of [0, 1e6, 1e300]) {
        const accountant = new PldAccountant().compose(gaussian(noise));
        expect(accountant.delta(epsilon)).toBeGreaterThan(0);
        expect(accountant.compose(step(1e-200, noise)).delta(epsilon)).toBeGreaterThan(0);
      }
    }
    const twice = poissonSampled(1e-200, poissonSampled(1e-200, gaussian(1)));
    expect(new PldAccountant().compose(twice).delta(0)).toBeGreaterThan(0);
  });

  it.each<[unknown, string]>([
    [{ kind: 'foo' }, 'event.kind'],
    [{ kind: 'gaussian', noiseMultiplier: NaN }, 'noiseMultiplier'],
    [{ kind: 'poissonSampled', sampleRate: '0.5', event: gaussian(1) }, 'event.sampleRate'],
    [{ kind: 'selfComposed', count: NaN, event: gaussian(1) }, 'count'],
    [undefined, 'event'],
  ])('%j, which is not an event, is refused instead of counting as nothing', (event, name) => {
    for (const accountant of [new PldAccountant(), new RdpAccountant()]) {
      expect(() => accountant.compose(event as PrivacyEvent)).toThrow(name);
      expect(accountant.epsilon(1e-5)).toBe(0);
    }
  });

  it('counts beyond 2^53 by nesting, and refuses counts that overflow', () => {
    const most = Number.MAX_SAFE_INTEGER;
    const tiny = step(1e-12, 1);
    const nested = new PldAccountant().compose(selfComposed(selfComposed(tiny, most), 4));
    const twice = new PldAccountant().compose(tiny, most).compose(tiny, most);
    expect(twice.epsilon(1e-5)).toBeGreaterThan(0);
    expect(twice.epsilon(1e-5)).toBeLessThan(nested.epsilon(1e-5));
    expect(nested.epsilon(1e-5)).toBeLessThan(1);
    let endless: PrivacyEvent = tiny;
    for (let depth = 0; depth < 20; depth++) endless = selfComposed(endless, most);
    const accountant = new PldAccountant().compose(tiny, 10);
    const before = accountant.epsilon(1e-5);
    expect(() => accountant.compose(endless)).toThrow(/count: nested repetitions.*smaller count/);
    expect(accountant.epsilon(1e-5)).toBe(before);
  });

  it('no answer is NaN at the limits of the number range', () => {
    const extreme = fc.oneof(
      fc.constantFrom(Number.MIN_VALUE, 1e-170, 1e-80, 1e80, 1e170, Number.MAX_VALUE),
      logUniform(1e-3, 1e3),
    );
    const noise = fc.oneof(extreme.map(gaussian), extreme.map(laplace));
    const smallRate = fc.constantFrom(Number.MIN_VALUE, 1e-300, 1e-17, 0.5, 1 - 2 ** -53, 1);
    const event = fc.tuple(smallRate, noise).map(([q, inner]) => poissonSampled(q, inner));
    const count = fc.constantFrom(1, 2, 1000, 1e12, Number.MAX_SAFE_INTEGER);
    const delta = fc.constantFrom(Number.MIN_VALUE, 1e-200, 1e-5, 0.5, 1 - 2 ** -53);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(event, count), { minLength: 1, maxLength: 2 }),
        delta,
        (list, at) => {
          const accountant = composedBy(new PldAccountant(), list);
          const renyi = composedBy(new RdpAccountant(), list);
          const epsilon = accountant.epsilon(at);
          expect(epsilon).toBeGreaterThanOrEqual(0);
          expect(epsilon).toBeLessThanOrEqual(renyi.epsilon(at));
          for (const other of [0, 1e-300, 1, 1e9, Number.MAX_VALUE]) {
            expect(accountant.delta(other)).toBeGreaterThanOrEqual(0);
            expect(accountant.delta(other)).toBeLessThanOrEqual(1);
          }
        },
      ),
      { seed: 16, numRuns: 30 },
    );
  });
});
