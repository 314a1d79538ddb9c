import { describe, expect, it } from '@jest/globals';
import { remainder } from './composition.ts';
import { PrivacyProfile } from './privacyProfile.ts';
import type { Estimate, ProfileErrors } from './privacyProfile.ts';

const STEP = 0.1;
const LENGTH = 64;
const START = -10;
const TILT = 2;

/** A loss distribution to be looked at: [loss / STEP, probability]. */
const losses: [number, number][] = [
  [-8, 0.2],
  [-1, 0.3],
  [3, 0.4],
  [12, 0.09],
  [40, 0.01],
];

const none: ProfileErrors = {
  infinityMass: 0,
  above: 0,
  below: 0,
  clearUpTo: Infinity,
  relative: 0,
  shift: 0,
};

function profileWith(
  errors: Partial<ProfileErrors>,
  estimate: Estimate,
  error = 0,
): PrivacyProfile {
  const circle = new Float64Array(LENGTH);
  const logScale = Math.log(losses.reduce((sum, [x, p]) => sum + p * Math.exp(TILT * x * STEP), 0));
  for (const [x, p] of losses)
    circle[remainder(x, LENGTH)] = p * Math.exp(TILT * x * STEP - logScale);
  const window = { tilt: TILT, start: START };
  return new PrivacyProfile(
    { circle, window, step: STEP, logScale, error },
    { ...none, ...errors },
    estimate,
  );
}

const exactDelta = (epsilon: number): number =>
  losses.reduce((sum, [x, p]) => sum + p * Math.max(0, -Math.expm1(epsilon - x * STEP)), 0);

describe('PrivacyProfile without errors', () => {
  const above = profileWith({}, 'pessimistic');
  const below = profileWith({}, 'optimistic');

  it('gives δ exactly, on the grid and between, and from below when asked to', () => {
    for (const epsilon of [0, 0.05, 0.3, 0.31, 1, 1.15, 2.5, 3.9]) {
      expect(above.delta(epsilon).value / exactDelta(epsilon)).toBeCloseTo(1, 10);
      expect(below.delta(epsilon).value).toBeLessThanOrEqual(exactDelta(epsilon));
      expect(below.delta(epsilon).value).toBeGreaterThan(
        exactDelta(epsilon + 1.01 * STEP) * (1 - 1e-9),
      );
    }
  });

  it('finds the ε of each δ, from below within a grid step', () => {
    for (const epsilon of [0.05, 0.3, 0.31, 1, 1.15, 2.5, 3.9]) {
      const delta = exactDelta(epsilon);
      expect(above.epsilon(delta).value).toBeCloseTo(epsilon, 9);
      expect(above.epsilon(delta).allowance).toBeLessThan(1e-9);
      const lower = below.epsilon(delta * (1 - 1e-9)).value;
      expect(lower).toBeLessThanOrEqual(epsilon + 1e-12);
      expect(lower).toBeGreaterThan(epsilon - 1.01 * STEP);
    }
  });

  it('answers 0 if δ is large enough', () => {
    expect(above.epsilon(exactDelta(0) * 1.001).value).toBe(0);
    expect(below.epsilon(exactDelta(0) * 1.001).value).toBe(0);
  });

  it("uses Chernoff's bound outside the window", () => {
    const moment = losses.reduce((sum, [x, p]) => sum + p * Math.exp(TILT * x * STEP), 0);
    const profile = profileWith({ above: 1 }, 'pessimistic');
    const chernoff = (moment * TILT ** TILT) / (1 + TILT) ** (1 + TILT);
    const { value, allowance } = profile.delta(30);
    expect(value / (chernoff * Math.exp(-TILT * 30))).toBeCloseTo(1, 9);
    expect(allowance).toBe(1);
    expect(profile.epsilon(1e-30).value).toBeCloseTo(Math.log(chernoff / 1e-30) / TILT, 9);
    expect(above.delta(30)).toEqual({ value: 0, allowance: 0 });
  });
});

describe('PrivacyProfile with errors', () => {
  const epsilon = 1.1;
  const delta = exactDelta(epsilon);
  const scale = losses.reduce((sum, [x, p]) => sum + p * Math.exp(TILT * (x * STEP - epsilon)), 0);
  const largestWeight = TILT ** TILT / (1 + TILT) ** (1 + TILT);

  it.each<[string, Partial<ProfileErrors>, number, number]>([
    ['infinite losses', { infinityMass: 0.01 }, 0, 0.01],
    ['losses above the window', { above: 1e-3 }, 0, 1e-3 * scale * largestWeight],
    ['errors of the transform', {}, 1e-3, 1e-3 * scale * largestWeight],
    ['relative errors', { relative: 1e-3 }, 0, 1e-3 * delta],
    ['a shift', { shift: 0.05 }, 0, exactDelta(epsilon - 0.05) - delta],
  ])('adds %s to δ, and to ε accordingly', (_, errors, error, expected) => {
    const profile = profileWith(errors, 'pessimistic', error);
    expect(profile.delta(epsilon).value - delta).toBeCloseTo(expected, 10);
    expect(profile.epsilon(delta).value).toBeGreaterThan(epsilon);
    expect(profile.epsilon(profile.delta(epsilon).value).value).toBeCloseTo(epsilon, 6);
  });

  it.each<[string, Partial<ProfileErrors>, number]>([
    ['losses above the window', { above: 1e-3 }, 0],
    ['losses below the window', { below: 1e-3 }, 0],
    ['errors of the transform', {}, 1e-3],
    ['relative errors', { relative: 1e-2 }, 0],
    ['a shift', { shift: 0.2 }, 0],
  ])('subtracts %s from the optimistic δ', (_, errors, error) => {
    const plain = profileWith({}, 'optimistic').delta(epsilon).value;
    expect(profileWith(errors, 'optimistic', error).delta(epsilon).value).toBeLessThan(
      plain * (1 - 1e-4),
    );
  });

  it('reports how much of an answer is allowance', () => {
    expect(
      profileWith({ infinityMass: delta }, 'pessimistic').delta(epsilon).allowance,
    ).toBeCloseTo(0.5, 6);
    expect(profileWith({ clearUpTo: 1 }, 'pessimistic').delta(epsilon).allowance).toBe(1);
    expect(profileWith({ clearUpTo: 1 }, 'pessimistic').epsilon(delta).allowance).toBe(1);
  });
});
