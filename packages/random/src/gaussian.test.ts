import { describe, expect, it } from '@jest/globals';
import { fillGaussian } from './gaussian.ts';
import { SeededRandom } from './seededRandom.ts';

describe('fillGaussian', () => {
  const n = 400_000;
  const values = new Float64Array(n);
  fillGaussian(new SeededRandom(7, 'test'), values, 2);
  const z = values.map((value) => value / 2);
  const mean = (f: (value: number, i: number) => number) =>
    z.reduce((sum, value, i) => sum + f(value, i), 0) / n;

  it('has the moments of a normal distribution', () => {
    // Five standard errors each: the moments' variances are 1, 2, 15 and 96.
    const bound = (variance: number) => 5 * Math.sqrt(variance / n);
    expect(Math.abs(mean((x) => x))).toBeLessThan(bound(1));
    expect(Math.abs(mean((x) => x * x) - 1)).toBeLessThan(bound(2));
    expect(Math.abs(mean((x) => x ** 3))).toBeLessThan(bound(15));
    expect(Math.abs(mean((x) => x ** 4) - 3)).toBeLessThan(bound(96));
  });

  it('has no correlation between neighbours', () => {
    const lag = mean((x, i) => x * (z[i + 1] ?? 0));
    expect(Math.abs(lag)).toBeLessThan(5 / Math.sqrt(n));
  });

  it('has the right mass in the tails', () => {
    // P(|z| > 3) = 0.0026998
    const p = 0.0026998;
    const count = z.filter((x) => Math.abs(x) > 3).length;
    expect(Math.abs(count / n - p)).toBeLessThan(5 * Math.sqrt(p / n));
  });

  it('reaches beyond 8.5 standard deviations when fed extreme words', () => {
    const out = new Float64Array(1);
    fillGaussian({ uint32: () => 0 }, out);
    expect(out[0]).toBeGreaterThan(8.5);
    expect(out[0]).toBeLessThan(8.7);
  });

  it('stays finite when fed all ones', () => {
    const out = new Float64Array(3);
    fillGaussian({ uint32: () => 0xffffffff }, out);
    expect([...out].every(Number.isFinite)).toBe(true);
    expect(Math.abs(out[0]!)).toBeLessThan(1e-7);
  });
});
