import { describe, expect, it } from '@jest/globals';
import { SeededRandom, uniformInteger } from '@dpquant/random';
import { normal } from '../testing/values.ts';
import { sawbRange } from './sawb.ts';

/** The formula of exact magnitudes, with moments in float64. */
function unroundedRange(values: Float32Array): number {
  let [sum, squares] = [0, 0];
  for (const x of values) {
    sum += Math.abs(x);
    squares += x * x;
  }
  return 12.1 * Math.sqrt(squares / values.length) - 12.2 * (sum / values.length);
}

const rangeOf = (values: Float32Array) => sawbRange(values, 0, 1, values.length);
const largestOf = (values: Float32Array) =>
  values.reduce((largest, x) => Math.max(largest, Math.abs(x)), 0);

const size = 100_000;
const kinds = {
  normal: () => normal(size),
  // One value of ten is not zero.
  sparse: () => normal(size).map((x, i) => (i % 10 === 0 ? x : 0)),
  'half zero': () => normal(size).map((x) => Math.max(0, x)),
  // Quotients of normal values: the largest magnitude is far above the others.
  Cauchy: () => {
    const divisors = normal(size, 2);
    return normal(size).map((x, i) => x / divisors[i]!);
  },
};

describe('SAWB ranges', () => {
  it('are 12.1·√E[x²] − 12.2·E|x|', () => {
    // E|x| = (3 + 1)/4 = 1, E[x²] = (9 + 1)/4 = 2.5.
    const clip = 12.1 * Math.sqrt(2.5) - 12.2;
    expect(rangeOf(Float32Array.of(3, 0, -1, 0))).toBe(3);
    expect(clip).toBeGreaterThan(3);
    // E|x| = 8/8, E[x²] = (4 + 6·1 + 0)/8 = 1.25.
    const values = Float32Array.of(2, 1, 1, 1, -1, -1, 1, 0);
    expect(rangeOf(values)).toBeCloseTo(12.1 * Math.sqrt(1.25) - 12.2, 12);
  });

  it('are the maximum if the formula is not applicable, and NaN if a value is', () => {
    expect(rangeOf(Float32Array.of(1, -1, 1, 1))).toBe(1);
    expect(rangeOf(Float32Array.of(1, NaN))).toBeNaN();
    expect(rangeOf(Float32Array.of(1, Infinity))).toBe(Infinity);
    expect(rangeOf(new Float32Array(5))).toBe(0);
    expect(rangeOf(new Float32Array(0))).toBe(0);
  });

  it.each([
    ['normal', 1e-6],
    ['sparse', 1e-6],
    ['half zero', 1e-6],
    ['Cauchy', 2e-3],
  ] as const)('of %s values are those of unrounded magnitudes within %d', (kind, tolerance) => {
    const values = kinds[kind]();
    const expected = unroundedRange(values);
    expect(expected).toBeLessThan(largestOf(values));
    const found = rangeOf(values);
    expect(Math.abs(found / expected - 1)).toBeLessThan(tolerance);
    expect(Math.abs(found - expected)).toBeLessThan(7.5e-4 * largestOf(values));
  });

  it('of few normal values are those of unrounded magnitudes within 1e-4', () => {
    let [compared, worst] = [0, 0];
    for (let seed = 0; seed < 200; seed++) {
      const values = normal(20, seed);
      const expected = unroundedRange(values);
      if (!(expected > 0 && expected < largestOf(values))) continue;
      compared++;
      worst = Math.max(worst, Math.abs(rangeOf(values) / expected - 1));
    }
    expect(compared).toBeGreaterThan(100);
    expect(worst).toBeLessThan(1e-4);
  });

  it('do not depend on the order, and scale with powers of two', () => {
    const values = kinds.Cauchy();
    const expected = rangeOf(values);
    const random = new SeededRandom(1, 'order');
    for (let i = size - 1; i > 0; i--) {
      const j = uniformInteger(random, i + 1);
      [values[i], values[j]] = [values[j]!, values[i]!];
    }
    expect(rangeOf(values)).toBe(expected);
    expect(rangeOf(values.map((x) => -x * 2 ** 90))).toBe(expected * 2 ** 90);
    const interleaved = new Float32Array(3 * size);
    values.forEach((x, i) => (interleaved[3 * i + 1] = x));
    expect(sawbRange(interleaved, 1, 3, size)).toBe(expected);
  });

  it('round magnitudes to whole numbers of 15 bits, ties to even', () => {
    // The unit is 2⁻¹⁴: 2.5 units are 2, 3.5 are 4, and 2 less a hair is 2¹⁵.
    const unit = 2 ** -14;
    const values = new Float32Array(20).fill(1);
    values.set([1.9999999, 2.5 * unit, -3.5 * unit, 0.5 * unit, 1e-30]);
    const magnitudes = Array.from(values, (_, i) => [2 ** 15, 2, 4, 0, 0][i] ?? 2 ** 14);
    const mean = magnitudes.reduce((sum, m) => sum + m, 0) / 20;
    const meanSquare = magnitudes.reduce((sum, m) => sum + m * m, 0) / 20;
    const clip = (12.1 * Math.sqrt(meanSquare) - 12.2 * mean) * unit;
    expect(clip).toBeGreaterThan(1);
    expect(clip).toBeLessThan(1.9);
    expect(rangeOf(values)).toBe(clip);
  });

  it('support a sum of squares beyond 53 bits, rounded once', () => {
    // 32767 and 20001 units; the sum of squares is odd and above 2⁵³, the mean below the root mean
    // square.
    const count = 13_000_001;
    const unit = 2 ** -14;
    const values = new Float32Array(count).fill(20001 * unit);
    const large = 6_500_000;
    values.fill(32767 * unit, 0, large);
    const squares = BigInt(large) * 32767n ** 2n + BigInt(count - large) * 20001n ** 2n;
    expect(squares).toBeGreaterThan(2n ** 53n);
    expect(squares % 2n).toBe(1n);
    const sum = large * 32767 + (count - large) * 20001;
    const clip = (12.1 * Math.sqrt(Number(squares) / count) - 12.2 * (sum / count)) * unit;
    expect(clip).toBeGreaterThan(0);
    expect(clip).toBeLessThan(32767 * unit);
    expect(rangeOf(values)).toBe(clip);
  });
});
