import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Accountant } from '../accountant.ts';
import { composed, gaussian, laplace, poissonSampled, selfComposed } from '../events.ts';
import type { PrivacyEvent } from '../events.ts';

export interface AccountantTraits {
  readonly create: () => Accountant;
  /**
   * Allowed relative difference between two answers to the same question: the effect of choosing
   * the grid anew.
   */
  readonly tolerance: number;
  /** Number of random settings per property. */
  readonly runs: number;
}

/** A number whose logarithm is uniform. */
const logUniform = (lower: number, upper: number): fc.Arbitrary<number> =>
  fc.double({ min: Math.log(lower), max: Math.log(upper), noNaN: true }).map(Math.exp);

const setting = fc.record({
  sampleRate: logUniform(1e-4, 1),
  noiseMultiplier: logUniform(0.5, 30),
  steps: fc.integer({ min: 1, max: 3000 }),
  delta: logUniform(1e-12, 0.05),
});

/** The properties that every accountant must have, whatever its method. */
export function testAccountant(name: string, { create, tolerance, runs }: AccountantTraits): void {
  const epsilonOf = (event: PrivacyEvent, count: number, delta: number): number =>
    create().compose(event, count).epsilon(delta);
  const step = (sampleRate: number, noiseMultiplier: number): PrivacyEvent =>
    poissonSampled(sampleRate, gaussian(noiseMultiplier));
  const check = <T>(arbitrary: fc.Arbitrary<T>, law: (value: T) => void): void => {
    fc.assert(fc.property(arbitrary, law), { seed: 20_19, numRuns: runs });
  };
  const expectNotBelow = (larger: number, smaller: number): void => {
    expect(larger).toBeGreaterThanOrEqual(smaller * (1 - tolerance) - tolerance * 1e-2);
  };
  const expectSame = (a: number, b: number): void => {
    expectNotBelow(a, b);
    expectNotBelow(b, a);
  };

  describe(`the laws of accounting, ${name}`, () => {
    it('more steps, a higher rate, less noise and a smaller δ never spend less', () => {
      check(setting, ({ sampleRate, noiseMultiplier, steps, delta }) => {
        const epsilon = epsilonOf(step(sampleRate, noiseMultiplier), steps, delta);
        expect(epsilon).toBeGreaterThanOrEqual(0);
        const rate = Math.min(1, sampleRate * 1.1);
        expectNotBelow(epsilonOf(step(sampleRate, noiseMultiplier), steps + 1, delta), epsilon);
        expectNotBelow(epsilonOf(step(rate, noiseMultiplier), steps, delta), epsilon);
        expectNotBelow(epsilonOf(step(sampleRate, noiseMultiplier / 1.05), steps, delta), epsilon);
        expectNotBelow(epsilonOf(step(sampleRate, noiseMultiplier), steps, delta / 2), epsilon);
      });
    });

    it('δ falls as ε rises, and is the inverse of ε', () => {
      check(setting, ({ sampleRate, noiseMultiplier, steps, delta }) => {
        const accountant = create().compose(step(sampleRate, noiseMultiplier), steps);
        const epsilon = accountant.epsilon(delta);
        const atEpsilon = accountant.delta(epsilon);
        expect(atEpsilon).toBeLessThanOrEqual(delta * (1 + 1e-6));
        expect(accountant.delta(epsilon * 1.1 + 1e-3)).toBeLessThanOrEqual(atEpsilon * (1 + 1e-3));
        if (epsilon > 1e-3)
          expect(accountant.delta(epsilon * 0.99)).toBeGreaterThan(delta * (1 - 1e-3));
      });
    });

    it('the order of composition does not matter', () => {
      check(fc.tuple(setting, setting, fc.boolean()), ([a, b, isLaplace]) => {
        const first = step(a.sampleRate, a.noiseMultiplier);
        const second = isLaplace
          ? poissonSampled(b.sampleRate, laplace(b.noiseMultiplier))
          : step(b.sampleRate, b.noiseMultiplier);
        const forwards = create().compose(first, a.steps).compose(second, b.steps);
        const backwards = create().compose(second, b.steps).compose(first, a.steps);
        const nested = create().compose(
          composed([selfComposed(second, b.steps), selfComposed(first, a.steps)]),
        );
        expect(backwards.epsilon(a.delta)).toBe(forwards.epsilon(a.delta));
        expect(nested.epsilon(a.delta)).toBe(forwards.epsilon(a.delta));
        expectNotBelow(forwards.epsilon(a.delta), epsilonOf(first, a.steps, a.delta));
      });
    });

    it('n times at once equals n times one after the other', () => {
      check(setting, ({ sampleRate, noiseMultiplier, steps, delta }) => {
        const event = step(sampleRate, noiseMultiplier);
        const oneByOne = create();
        const count = 1 + (steps % 20);
        for (let index = 0; index < count; index++) oneByOne.compose(event);
        expect(oneByOne.epsilon(delta)).toBe(epsilonOf(event, count, delta));
        expect(oneByOne.epsilon(delta)).toBe(epsilonOf(selfComposed(event, count), 1, delta));
      });
    });

    it('at rate 1 it equals the plain mechanism', () => {
      check(setting, ({ noiseMultiplier, steps, delta }) => {
        const plain = epsilonOf(gaussian(noiseMultiplier), steps, delta);
        expect(epsilonOf(step(1, noiseMultiplier), steps, delta)).toBe(plain);
        expectSame(epsilonOf(step(1 - 1e-12, noiseMultiplier), steps, delta), plain);
      });
    });

    it('sampling never spends more than the plain mechanism', () => {
      check(setting, ({ sampleRate, noiseMultiplier, steps, delta }) => {
        expectNotBelow(
          epsilonOf(gaussian(noiseMultiplier), steps, delta),
          epsilonOf(step(sampleRate, noiseMultiplier), steps, delta),
        );
      });
    });

    it('nothing spends nothing', () => {
      check(setting, ({ noiseMultiplier, steps, delta }) => {
        expect(epsilonOf(step(0, noiseMultiplier), steps, delta)).toBe(0);
        expect(epsilonOf(step(0, 0), steps, delta)).toBe(0);
        expect(epsilonOf(step(1, noiseMultiplier), 0, delta)).toBe(0);
        expect(create().epsilon(delta)).toBe(0);
        expect(create().delta(0)).toBe(0);
        expect(create().hasGuarantee).toBe(true);
      });
    });

    it('a release without noise has no guarantee, whatever other events there are', () => {
      check(setting, ({ sampleRate, noiseMultiplier, steps, delta }) => {
        for (const bare of [gaussian(0), laplace(0), poissonSampled(1e-9, gaussian(0))]) {
          const accountant = create()
            .compose(step(sampleRate, noiseMultiplier), steps)
            .compose(bare);
          expect(accountant.hasGuarantee).toBe(false);
          expect(accountant.epsilon(delta)).toBe(Infinity);
          expect(accountant.delta(steps)).toBe(1);
        }
      });
    });
  });
}
