import { expect, it } from '@jest/globals';
import { SeededRandom } from './seededRandom.ts';
import { uniform, uniformInteger } from './randomSource.ts';

it('uniform covers [0, 1) with 53 bits', () => {
  expect(uniform({ uint32: () => 0 })).toBe(0);
  expect(uniform({ uint32: () => 0xffffffff })).toBe(1 - 2 ** -53);
});

it('uniformInteger has no modulo bias', () => {
  // The largest words are rejected: 2³² = 3·1431655765 + 1.
  const words = [0xffffffff, 4];
  expect(uniformInteger({ uint32: () => words.shift()! }, 3)).toBe(1);
  const counts = [0, 0, 0];
  const random = new SeededRandom(1, 'test');
  for (let i = 0; i < 30_000; i++) counts[uniformInteger(random, 3)]!++;
  // Chi-square with two degrees of freedom: 27.6 is exceeded once in a million.
  expect(counts.reduce((sum, c) => sum + (c - 10_000) ** 2 / 10_000, 0)).toBeLessThan(27.6);
});

it.each([0, 1.5, NaN, 2 ** 33])('uniformInteger refuses the bound %p', (bound) => {
  expect(() => uniformInteger({ uint32: () => 0 }, bound)).toThrow(/bound/);
});
