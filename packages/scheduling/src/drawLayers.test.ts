import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { quantizedLayerCount } from './budget.ts';
import { drawLayers } from './drawLayers.ts';
import { contextOf, mulberry32 } from './testing/scheduleContext.ts';

it('draws exactly the budgeted number of different layers, in the order of the model', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 26 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(),
      (layers, fraction, seed) => {
        const context = contextOf(layers, fraction, { random: mulberry32(seed) });
        const drawn = drawLayers(context);
        expect(drawn).toHaveLength(quantizedLayerCount(context.budget, layers));
        expect(drawn).toEqual([...new Set(drawn)].sort());
      },
    ),
  );
});

describe('over many epochs', () => {
  const layers = 6;
  const epochs = 30_000;
  const context = contextOf(layers, 1 / 3);
  const draws = Array.from({ length: epochs }, () => drawLayers(context));

  it('draws every subset equally often', () => {
    const counts = new Map<string, number>();
    for (const drawn of draws) {
      counts.set(drawn.join(''), (counts.get(drawn.join('')) ?? 0) + 1);
    }
    expect(counts.size).toBe(15); // C(6, 2)
    const expected = epochs / 15;
    const chiSquare = [...counts.values()].reduce(
      (sum, count) => sum + (count - expected) ** 2 / expected,
      0,
    );
    // Fourteen degrees of freedom: 56 is exceeded once in a million.
    expect(chiSquare).toBeLessThan(56);
  });

  it('draws each epoch independently of the one before', () => {
    // Layers in common with the epoch before: hypergeometric, mean k²/n = 2/3,
    // variance k·(k/n)·(1 − k/n)·(n − k)/(n − 1) = 16/45.
    const overlaps = draws
      .slice(1)
      .map((drawn, i) => drawn.filter((name) => draws[i]!.includes(name)).length);
    const mean = overlaps.reduce((sum, overlap) => sum + overlap, 0) / overlaps.length;
    expect(Math.abs(mean - 2 / 3)).toBeLessThan(5 * Math.sqrt(16 / 45 / overlaps.length));
  });
});

it.each([1, -0.1, NaN])('refuses the random number %p', (value) => {
  expect(() => drawLayers(contextOf(4, 0.5, { random: () => value }))).toThrow(/\[0, 1\)/);
});
