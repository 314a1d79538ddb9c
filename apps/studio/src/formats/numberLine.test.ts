import { expect, it } from '@jest/globals';
import { gaussianError, roundedIn, shownFormats, valuesOf } from './numberLine.ts';

it('shows all values of small formats', () => {
  expect(shownFormats).toEqual(expect.arrayContaining(['luq-fp4', 'int4', 'fp8-e4m3']));
  expect(shownFormats).not.toContain('bf16');
  const values = valuesOf('fp4-e2m1');
  expect(values.map(({ value }) => value).filter((value) => value > 0)).toEqual([
    ...[0.5, 1, 1.5, 2, 3, 4, 6],
  ]);
  expect(values.every(({ code }) => /^[01]{4}$/.test(code))).toBe(true);
});

it('rounds to nearest, and stochastically without bias', () => {
  let word = 0;
  // All words in equal steps.
  const spread = () => (word += 2 ** 32 / 1000) >>> 0;
  const { nearest, stochastic, mean } = roundedIn('fp4-e2m1', 2.25, 1000, spread);
  expect(nearest).toBe(2);
  expect(stochastic.map(({ value }) => value)).toEqual([2, 3]);
  expect(mean).toBeCloseTo(2.25, 2);
});

it('has an error that falls with the bits', () => {
  const samples = Array.from({ length: 101 }, (_, i) => (i - 50) / 25);
  expect(gaussianError('int8', samples)).toBeLessThan(gaussianError('int4', samples) / 8);
});
