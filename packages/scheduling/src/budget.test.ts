import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { quantizedLayerCount } from './budget.ts';

it.each([
  [0, 8, 0],
  [0.5, 8, 4],
  [0.75, 8, 6],
  [0.9, 8, 7],
  [0.5, 5, 3],
  [1, 8, 8],
  [0.9, 0, 0],
])('%d of %d layers are %d', (quantizedFraction, layers, count) => {
  expect(quantizedLayerCount({ quantizedFraction }, layers)).toBe(count);
});

it('is the whole number nearest to the fraction', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat({ max: 500 }),
      (quantizedFraction, layers) => {
        const count = quantizedLayerCount({ quantizedFraction }, layers);
        expect(Math.abs(count - quantizedFraction * layers)).toBeLessThanOrEqual(0.5);
      },
    ),
  );
});

it.each([-0.1, 1.1, NaN, Infinity])('refuses the fraction %p', (quantizedFraction) => {
  expect(() => quantizedLayerCount({ quantizedFraction }, 4)).toThrow(/from 0 .* to 1/);
});

it.each([-1, 1.5, NaN])('refuses %p layers', (layers) => {
  expect(() => quantizedLayerCount({ quantizedFraction: 0.5 }, layers)).toThrow(/layerCount/);
});
