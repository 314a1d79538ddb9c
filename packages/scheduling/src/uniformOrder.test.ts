import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { layersInFormat } from './assignFormats.ts';
import { probabilistic } from './probabilistic.ts';
import { staticPolicy } from './staticPolicy.ts';
import { chiSquare, onceInAMillion } from './testing/chiSquare.ts';
import { subsetProbabilities } from './testing/plackettLuce.ts';
import { contextOf, mulberry32 } from './testing/scheduleContext.ts';
import { uniformOrder } from './uniformOrder.ts';

it('is an order of all layers', () => {
  fc.assert(
    fc.property(fc.nat({ max: 26 }), fc.nat(), (count, seed) => {
      const context = contextOf(count, 0, { random: mulberry32(seed) });
      expect([...uniformOrder(context)].sort()).toEqual(context.layers.map(({ name }) => name));
    }),
  );
});

describe('over many draws of two layers out of six', () => {
  const draws = 30_000;
  const budget = { quantizedLayers: 2 };
  const context = contextOf(6, 0, { budget, otherFormat: 'fp8-e4m3' });
  const equal = new Map(context.layers.map(({ name }) => [name, 1]));
  const drawn = (policy: () => ReturnType<typeof probabilistic>) =>
    Array.from({ length: draws }, () =>
      layersInFormat(policy().select(context), 'luq-fp4').join(''),
    );
  const policy = probabilistic();
  const subsets = drawn(() => policy);

  it('every subset is equally likely', () => {
    // C(6, 2) − 1 = 14 degrees of freedom, 2,000 expected of each.
    const uniform = subsetProbabilities(equal, 2);
    expect(chiSquare(subsets, uniform)).toBeLessThan(onceInAMillion[14]);
    expect(chiSquare(drawn(staticPolicy), uniform)).toBeLessThan(onceInAMillion[14]);
  });

  it('each is independent of the previous one', () => {
    // Layers in common with the draw before: hypergeometric, mean k²/n = 2/3,
    // variance k·(k/n)·(1 − k/n)·(n − k)/(n − 1) = 16/45.
    const overlaps = subsets
      .slice(1)
      .map((subset, i) => [...subset].filter((name) => subsets[i]!.includes(name)).length);
    const mean = overlaps.reduce((sum, overlap) => sum + overlap, 0) / overlaps.length;
    expect(Math.abs(mean - 2 / 3)).toBeLessThan(5 * Math.sqrt(16 / 45 / overlaps.length));
  });
});

it.each([1, -0.1, NaN])('refuses the random number %p', (value) => {
  expect(() => uniformOrder(contextOf(4, 0.5, { random: () => value }))).toThrow(/\[0, 1\)/);
});
