import { describe, expect, it } from '@jest/globals';
import { bestEmpiricalEpsilon } from './bestEmpiricalEpsilon.ts';
import { empiricalEpsilon, type CanaryGuesses } from './empiricalEpsilon.ts';

const outcome = (changes: Partial<CanaryGuesses> = {}): CanaryGuesses => ({
  canaries: 1000,
  guesses: 100,
  correct: 90,
  delta: 1e-5,
  significance: 0.05,
  ...changes,
});

describe('empiricalEpsilon', () => {
  it.each([
    [1000, 100, 90, 1.6261],
    [5000, 500, 480, 2.783],
  ])('%d canaries, %d guesses, %d correct: %d', (canaries, guesses, correct, expected) => {
    expect(empiricalEpsilon(outcome({ canaries, guesses, correct }))).toBeCloseTo(expected, 4);
  });

  it('is the ε at which all guesses are right with probability equal to the significance, without δ', () => {
    // (1 + e^−ε)^−r = p, so ε = −log(p^(−1/r) − 1).
    for (const guesses of [10, 1000, 100_000]) {
      const expected = -Math.log(Math.expm1(-Math.log(0.05) / guesses));
      const found = empiricalEpsilon(
        outcome({ canaries: 100_000, guesses, correct: guesses, delta: 0 }),
      );
      expect(found).toBeLessThanOrEqual(expected);
      expect(expected - found).toBeLessThan(1e-6);
    }
  });

  it('agrees with the p-value summed over the outcomes of few guesses', () => {
    // Four guesses, three right, at s = 1/(1 + e^−ε): β = 4s³(1 − s) + s⁴; below v = 3 there is
    // P[2] = 6s²(1 − s)², P[1] = 4s(1 − s)³, P[0] = (1 − s)⁴.
    const [delta, canaries, significance] = [0.01, 5, 0.6];
    const epsilon = empiricalEpsilon({ canaries, guesses: 4, correct: 3, delta, significance });
    const s = 1 / (1 + Math.exp(-epsilon));
    const below = [6 * s ** 2 * (1 - s) ** 2, 4 * s * (1 - s) ** 3, (1 - s) ** 4];
    const alpha = Math.max(
      below[0]!,
      (below[0]! + below[1]!) / 2,
      (below[0]! + below[1]! + below[2]!) / 3,
    );
    const beta = 4 * s ** 3 * (1 - s) + s ** 4;
    expect(epsilon).toBeGreaterThan(0.1);
    expect(beta + 2 * canaries * delta * alpha).toBeCloseTo(significance, 8);
  });

  it('is 0 for guesses as good as chance', () => {
    expect(empiricalEpsilon(outcome({ correct: 50 }))).toBe(0);
    expect(empiricalEpsilon(outcome({ correct: 0 }))).toBe(0);
    expect(empiricalEpsilon(outcome({ guesses: 0, correct: 0 }))).toBe(0);
    // δ may explain everything: 2mδα alone passes the significance.
    expect(empiricalEpsilon(outcome({ correct: 100, delta: 0.5 }))).toBe(0);
  });

  it('grows with right guesses and with the significance, and falls with δ and canaries', () => {
    const base = empiricalEpsilon(outcome());
    expect(empiricalEpsilon(outcome({ correct: 91 }))).toBeGreaterThan(base);
    expect(empiricalEpsilon(outcome({ significance: 0.1 }))).toBeGreaterThan(base);
    expect(empiricalEpsilon(outcome({ delta: 1e-4 }))).toBeLessThan(base);
    expect(empiricalEpsilon(outcome({ canaries: 2000 }))).toBeLessThan(base);
  });

  it('stays finite and exact for a hundred thousand guesses', () => {
    // 90,000 of 100,000 right: log 9 = 2.1972 less 1.645 standard deviations of the log odds, each
    // 1/√(r·s·(1 − s)) = 0.0105, is 2.1799; δ takes off a little more.
    const found = empiricalEpsilon(
      outcome({ canaries: 200_000, guesses: 100_000, correct: 90_000, delta: 1e-7 }),
    );
    expect(found).toBeGreaterThan(2.179);
    expect(found).toBeLessThan(2.1802);
  });

  it.each([
    [{ canaries: 0 }, /canaries: expected .*, got 0/],
    [{ guesses: 1001 }, /guesses: .*up to the 1000 canaries.*got 1001/],
    [{ guesses: 1.5 }, /guesses: .*got 1.5/],
    [{ correct: 101 }, /correct: .*up to the 100 guesses.*got 101/],
    [{ correct: NaN }, /correct: .*got NaN/],
    [{ delta: 1 }, /delta: .*got 1/],
    [{ delta: -1e-9 }, /delta: .*got -1e-9/],
    [{ significance: 0 }, /significance: .*1 − confidence.*got 0/],
    [{ significance: 1 }, /significance: .*got 1/],
  ])('refuses %j', (changes, message) => {
    expect(() => empiricalEpsilon(outcome(changes))).toThrow(RangeError);
    expect(() => empiricalEpsilon(outcome(changes))).toThrow(message);
  });
});

describe('bestEmpiricalEpsilon', () => {
  const options = { delta: 1e-5, significance: 0.05 };
  /**
   * The first hundred score highest and are in, but for every tenth; of the others, half are in.
   */
  const scores = Array.from({ length: 1000 }, (_, i) => -i);
  const included = scores.map((_, i) => (i < 100 ? i % 10 !== 9 : i % 2 === 0));

  it('guesses the highest scores, in any order', () => {
    const shuffled = Array.from({ length: 1000 }, (_, i) => (i * 7) % 1000);
    const found = bestEmpiricalEpsilon(
      shuffled.map((i) => scores[i]!),
      shuffled.map((i) => included[i]!),
      { ...options, guesses: [100] },
    );
    expect(found).toEqual({ ...outcome(), epsilon: empiricalEpsilon(outcome()) });
  });

  it('shares the significance among the numbers tried, and returns the best', () => {
    const found = bestEmpiricalEpsilon(scores, included, { ...options, guesses: [10, 100, 500] });
    const share = outcome({ significance: 0.05 / 3 });
    expect(found).toEqual({ ...outcome(), epsilon: empiricalEpsilon(share) });
  });

  it('takes canaries with equal scores in order', () => {
    const equal = new Float32Array(1000);
    const found = bestEmpiricalEpsilon(equal, included, { ...options, guesses: [100] });
    expect(found.correct).toBe(90);
  });

  it('accepts infinite scores', () => {
    const infinite = scores.map((score) => (score > -100 ? Infinity : -Infinity));
    const found = bestEmpiricalEpsilon(infinite, included, { ...options, guesses: [100] });
    expect(found.correct).toBe(90);
  });

  it.each([
    ['NaN', [NaN], [true], [1], /scores: .*canary 0, got NaN/],
    ['lists of two lengths', [1, 2], [true], [1], /included: .*each of the 2 scores, got 1/],
    ['no number of guesses', [1], [true], [], /guesses: .*at least one/],
    ['more guesses than canaries', [1], [true], [2], /guesses: .*up to the 1 canaries.*got 2/],
  ])('refuses %s', (_, values, truth, guesses, message) => {
    expect(() => bestEmpiricalEpsilon(values, truth, { ...options, guesses })).toThrow(message);
  });
});
