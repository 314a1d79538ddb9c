import { describe, expect, it } from '@jest/globals';
import { createAccountant, type AccountantName } from './accountants.ts';
import {
  composed,
  gaussian,
  laplace,
  noiseCloseness,
  poissonSampled,
  sampledWithoutReplacement,
  selfComposed,
} from './events.ts';
import { PrivacyLedger } from './ledger.ts';
import { noiseClosenessEpsilon } from './noiseCloseness.ts';
import { parsePrivacyEvent } from './parsePrivacyEvent.ts';
import { PldAccountant } from './pld/pldAccountant.ts';
import { largestStepCount } from './stepCount.ts';

/** Of one value of a release. */
const ofValue = 2 ** -76;
const step = poissonSampled(0.01, gaussian(1));

describe('the closeness of noise', () => {
  it.each([
    [1e9, 1.57e-6],
    [1e11, 1.57e-5],
    [1e13, 1.57e-4],
  ])('of %p values is an ε′ of %p', (count, epsilon) => {
    const event = composed([step, selfComposed(noiseCloseness(ofValue), count)]);
    expect(noiseClosenessEpsilon(event) / epsilon - 1).toBeCloseTo(0, 2);
    // ρ + 2√(ρ·log(2/δ′))
    const divergence = count * ofValue;
    const formula = divergence + 2 * Math.sqrt(divergence * Math.log(2 / 1e-20));
    expect(noiseClosenessEpsilon(event)).toBeCloseTo(formula, 12);
    expect(noiseClosenessEpsilon(event)).toBeGreaterThanOrEqual(formula);
  });

  it('of few values uses the largest order', () => {
    const epsilon = noiseClosenessEpsilon(noiseCloseness(ofValue));
    expect(epsilon * 2 ** 26).toBeCloseTo(Math.log(2 / 1e-20), 5);
  });

  it('is 0 without such an event, and unknown for more values than it is proven for', () => {
    expect(noiseClosenessEpsilon(step)).toBe(0);
    expect(noiseClosenessEpsilon(noiseCloseness(2 ** -22))).toBeLessThan(0.01);
    expect(noiseClosenessEpsilon(noiseCloseness(2 ** -21))).toBe(Infinity);
    const accountant = createAccountant('rdp')
      .compose(noiseCloseness(2 ** -21))
      .compose(step);
    expect([accountant.epsilon(1e-5), accountant.delta(1)]).toEqual([Infinity, 1]);
  });

  it.each([-1, NaN, Infinity])('refuses the divergence %d', (divergence) => {
    expect(() => noiseCloseness(divergence)).toThrow(/^divergence: expected a finite number ≥ 0/);
  });
});

describe.each<AccountantName>(['pld', 'rdp'])('by %s', (name) => {
  const accountantOf = (divergence: number | undefined, count = 500) => {
    const accountant = createAccountant(name).compose(step, count);
    return divergence === undefined ? accountant : accountant.compose(noiseCloseness(divergence));
  };

  it.each([1e-12, 1e-9, 1e-7])('ε is larger by little more than 2ε′ at divergence %p', (rho) => {
    const extra = 2 * noiseClosenessEpsilon(noiseCloseness(rho));
    const [ideal, real] = [undefined, rho].map((each) => accountantOf(each).epsilon(1e-5)) as [
      number,
      number,
    ];
    expect(real - ideal).toBeGreaterThanOrEqual(extra);
    expect(real - ideal).toBeLessThan(1.2 * extra + 1e-6);
  });

  it('δ is little more than that of ε − 2ε′', () => {
    const rho = 1e-9;
    const closeness = noiseClosenessEpsilon(noiseCloseness(rho));
    for (const epsilon of [0.3, 1, 4]) {
      const ideal = accountantOf(undefined).delta(epsilon - 2 * closeness);
      const real = accountantOf(rho).delta(epsilon);
      const expected = Math.exp(closeness) * ideal + (1 + Math.exp(epsilon - closeness)) * 1e-20;
      expect(real).toBeGreaterThanOrEqual(expected * (1 - 1e-12));
      expect(real).toBeLessThan(expected * (1 + 1e-6));
    }
  });

  it('δ and ε are inverse to each other', () => {
    for (const delta of [1e-4, 1e-8, 1e-12]) {
      const accountant = accountantOf(1e-9);
      const back = accountant.delta(accountant.epsilon(delta));
      expect(back).toBeLessThanOrEqual(delta * (1 + 1e-9));
      expect(back).toBeGreaterThan(0.99 * delta);
    }
  });

  it('an ε below 2ε′ has a δ by the total variation distance', () => {
    const ideal = accountantOf(undefined, 1).delta(0);
    const real = accountantOf(1e-9, 1).delta(0);
    expect(real).toBeGreaterThan(ideal);
    expect(real).toBeLessThan(ideal + 1e-4);
  });

  it('a large ε or a tiny δ uses a smaller δ′', () => {
    const noisy = poissonSampled(1, gaussian(0.15));
    const [ideal, real] = [0, 1e-9].map((rho) =>
      createAccountant(name).compose(noisy).compose(noiseCloseness(rho)).epsilon(1e-5),
    ) as [number, number];
    expect(ideal).toBeGreaterThan(40);
    expect(real).toBeLessThan(ideal + 0.01);
    const [idealTiny, realTiny] = [undefined, 1e-9].map((rho) =>
      accountantOf(rho).epsilon(1e-18),
    ) as [number, number];
    expect(realTiny).toBeGreaterThan(idealTiny);
    expect(realTiny).toBeLessThan(idealTiny * 1.001 + 0.01);
  });

  it('nothing changes without it, or at divergence 0', () => {
    const [without, zero] = [undefined, 0].map((rho) => {
      const accountant = accountantOf(rho);
      return [accountant.epsilon(1e-5), accountant.delta(1)];
    });
    expect(zero).toEqual(without);
  });

  it('parts add up, in any order and nesting', () => {
    const parts = composed([step, noiseCloseness(3 * ofValue)]);
    const sums = [
      createAccountant(name).compose(parts, 500),
      createAccountant(name).compose(selfComposed(parts, 500)),
      createAccountant(name)
        .compose(noiseCloseness(1500 * ofValue))
        .compose(step, 500),
    ].map((accountant) => accountant.epsilon(1e-5));
    expect(new Set(sums).size).toBe(1);
  });

  it('its events alone spend a little', () => {
    const alone = createAccountant(name).compose(noiseCloseness(1e-9));
    expect(alone.epsilon(1e-5)).toBe(2 * noiseClosenessEpsilon(noiseCloseness(1e-9)));
    const goal = { epsilon: 0.01, delta: 1e-5, accountant: name };
    expect(largestStepCount({ ...goal, event: noiseCloseness(1e-9) })).toBeLessThan(1000);
  });
});

it('an optimistic estimate stays below', () => {
  const accountant = new PldAccountant().compose(step, 500);
  const ideal = accountant.epsilon(1e-5);
  accountant.compose(noiseCloseness(1e-9));
  const least = accountant.epsilon(1e-5, { estimate: 'optimistic' });
  expect(least).toBeLessThan(ideal);
  expect(least).toBeGreaterThan(0.998 * ideal);
  const [above, below] = [accountant.delta(1), accountant.delta(1, { estimate: 'optimistic' })];
  expect(below).toBeLessThan(above);
  expect(below).toBeGreaterThan(0.97 * above);
});

it('is plain data, in ledgers too', () => {
  const event = composed([step, noiseCloseness(1e6 * ofValue)]);
  expect(parsePrivacyEvent(JSON.parse(JSON.stringify(event)))).toEqual(event);
  expect(() => parsePrivacyEvent({ kind: 'noiseCloseness' })).toThrow(
    'event.divergence: expected a number, got nothing',
  );
  const ledger = new PrivacyLedger().record(event, 'training', 100);
  const back = PrivacyLedger.fromJSON(JSON.parse(JSON.stringify(ledger)));
  expect(back.entries).toEqual([{ event, label: 'training', count: 100 }]);
  expect(back.epsilon(1e-5)).toBe(ledger.epsilon(1e-5));
  const ideal = new PrivacyLedger().record(step, 'training', 100);
  expect(ledger.epsilon(1e-5)).toBeGreaterThan(ideal.epsilon(1e-5));
});

it.each([
  ['poissonSampled', poissonSampled(0.1, noiseCloseness(1e-9))],
  ['poissonSampled', poissonSampled(0.1, composed([gaussian(1), noiseCloseness(1e-9)]))],
  ['sampledWithoutReplacement', sampledWithoutReplacement(1, 10, noiseCloseness(1e-9))],
])('is refused within %s', (_, event) => {
  const add = () => createAccountant('rdp').compose(event);
  expect(add).toThrow(/^noiseCloseness: sampling does not reduce it; put it beside/);
});

it('does not keep a pure guarantee', () => {
  const accountant = createAccountant('rdp').compose(laplace(2));
  expect(accountant.delta(1)).toBe(0);
  expect(accountant.compose(noiseCloseness(1e-12)).delta(1)).toBeGreaterThan(0);
});
