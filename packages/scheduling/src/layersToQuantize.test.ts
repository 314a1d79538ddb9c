import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { assignFormats } from './assignFormats.ts';
import type { ComputeBudget } from './computeBudget.ts';
import { layersToQuantize } from './layersToQuantize.ts';
import { lowPrecisionShare } from './quantizedFraction.ts';
import { contextOf } from './testing/scheduleContext.ts';
import { theoreticalSpeedup } from './theoreticalSpeedup.ts';

/** Layers a … with the given multiply-accumulates, and their names in this order. */
function contextWith(work: readonly number[], budget: ComputeBudget, changes = {}) {
  const layers = contextOf(work.length, 0).layers.map((layer, i) => ({
    ...layer,
    multiplyAccumulates: work[i]!,
  }));
  return { ...contextOf(work.length, 0), layers, budget, ...changes };
}

const namesOf = (context: { layers: readonly { name: string }[] }) =>
  context.layers.map(({ name }) => name);

describe('a number of layers', () => {
  it.each([
    [0, 8, 0],
    [0.5, 8, 4],
    [0.9, 8, 7],
    [0.5, 5, 3],
    [1, 8, 8],
    [0.9, 0, 0],
  ])('fraction %d of %d layers: the first %d', (quantizedFraction, layers, count) => {
    const context = contextOf(layers, quantizedFraction);
    const order = namesOf(context).reverse();
    expect(layersToQuantize(order, context)).toEqual(order.slice(0, count));
  });

  it('is the whole number nearest to the fraction', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat({ max: 60 }),
        (fraction, layers) => {
          const context = contextOf(layers, fraction);
          const count = layersToQuantize(namesOf(context), context).length;
          expect(Math.abs(count - fraction * layers)).toBeLessThanOrEqual(0.5);
        },
      ),
    );
  });

  it.each([0, 3, 4])('exactly %d', (quantizedLayers) => {
    const context = contextWith([0, 1, 2, 3], { quantizedLayers });
    const order = ['c', 'a', 'd', 'b'];
    expect(layersToQuantize(order, context)).toEqual(order.slice(0, quantizedLayers));
  });
});

describe('a share of the work or a speed-up', () => {
  const order = ['c', 'b', 'a', 'd'];
  // Shares 0.1, 0.2, 0.3, 0.4; in the order c, b, a, d together 0.3, 0.5, 0.6, 1.
  const work = [1, 2, 3, 4];

  it.each([
    [0, 0],
    [0.01, 1],
    [0.3, 1],
    [0.31, 2],
    [0.5, 2],
    [0.6, 3],
    [1, 4],
  ])('share %d takes %d layers', (share, count) => {
    const context = contextWith(work, { lowPrecisionShare: share });
    expect(layersToQuantize(order, context)).toEqual(order.slice(0, count));
  });

  it.each([
    [1, 0],
    [1.29, 1], // 1 / (1 − 0.75·0.3) = 1.2903
    [1.3, 2], // 1 / (1 − 0.75·0.5) = 1.6
    [1.6, 2],
    [1.61, 3],
    [4, 4],
  ])('speed-up %d takes %d layers', (speedup, count) => {
    const context = contextWith(work, { theoreticalSpeedup: speedup });
    expect(layersToQuantize(order, context)).toEqual(order.slice(0, count));
  });

  it('skips layers without work', () => {
    for (const budget of [{ lowPrecisionShare: 0.5 }, { theoreticalSpeedup: 1.6 }]) {
      const context = contextWith([0, 5, 0, 5], budget);
      expect(layersToQuantize(['a', 'c', 'd', 'b'], context)).toEqual(['d']);
    }
  });

  it('includes the format of the other layers in the speed-up', () => {
    const mixed = { format: 'luq-fp4', otherFormat: 'int8' };
    const speedup = (target: number) =>
      layersToQuantize(order, contextWith(work, { theoreticalSpeedup: target }, mixed));
    expect(speedup(2)).toEqual([]);
    expect(speedup(2.35)).toEqual(['c']); // 1 / (0.3/4 + 0.7/2) = 2.353
    const share = contextWith(work, { lowPrecisionShare: 0.5 }, mixed);
    expect(layersToQuantize(order, share)).toEqual(['c', 'b']);
  });

  it('uses the speed-ups of the context, and reaches its greatest value in spite of rounding', () => {
    const formatSpeedups = new Map([['mine', 10]]);
    const changes = { format: 'mine', formatSpeedups };
    // 0.1 + 0.1 + 0.1 is above 0.3, so that 10 comes out as 9.999999999999998.
    const context = contextWith([1, 1, 1], { theoreticalSpeedup: 10 }, changes);
    expect(layersToQuantize(['a', 'b', 'c'], context)).toEqual(['a', 'b', 'c']);
  });

  it('takes the fewest layers that reach the target', () => {
    const measures = [
      { key: 'lowPrecisionShare', measure: lowPrecisionShare },
      { key: 'theoreticalSpeedup', measure: theoreticalSpeedup },
    ] as const;
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 12 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(...measures),
        fc.constantFrom(undefined, 'fp8-e4m3'),
        (work, part, { key, measure }, otherFormat) => {
          fc.pre(work.some((amount) => amount > 0));
          const free = contextWith(work, { quantizedLayers: 0 }, { otherFormat });
          const reached = (names: readonly string[]) =>
            measure({ ...free, assignments: [assignFormats(names, free)] });
          const [least, most] = [reached([]), reached(namesOf(free))];
          const target = least + part * (most - least);
          const budget = { [key]: target } as unknown as ComputeBudget;
          const chosen = layersToQuantize(namesOf(free), { ...free, budget });
          const slack = 1e-11;
          expect(reached(chosen)).toBeGreaterThanOrEqual(target * (1 - slack));
          if (chosen.length > 0) expect(reached(chosen.slice(0, -1))).toBeLessThan(target);
        },
      ),
    );
  });
});

describe('errors', () => {
  const fail =
    (budget: object, order = ['a', 'b'], changes = {}) =>
    (expected: RegExp | typeof RangeError) => {
      const context = contextWith([1, 3], budget as ComputeBudget, changes);
      expect(() => layersToQuantize(order, context)).toThrow(expected);
    };

  it.each([
    [{ quantizedFraction: -0.1 }, /budget\.quantizedFraction: .*from 0 .*to 1.*got -0\.1/],
    [{ quantizedFraction: NaN }, /got NaN/],
    [{ quantizedFraction: '0.5' }, /got 0\.5/],
    [{ quantizedLayers: 1.5 }, /budget\.quantizedLayers: .*whole number.*got 1\.5/],
    [{ quantizedLayers: -1 }, /got -1/],
    [{ lowPrecisionShare: 1.1 }, /budget\.lowPrecisionShare: .*from 0 .*to 1.*got 1\.1/],
    [{ theoreticalSpeedup: 0.9 }, /budget\.theoreticalSpeedup: .*from 1.*got 0\.9/],
    [{ theoreticalSpeedup: Infinity }, /got Infinity/],
    [{}, /exactly one of quantizedFraction, .*, theoreticalSpeedup, got none/],
    [{ quantizedLayers: 1, quantizedFraction: 1 }, /got quantizedLayers, quantizedFraction/],
    [{ layers: 1 }, /exactly one of .*got layers/],
    [{ toString: 1 }, /exactly one of .*got toString/],
  ])('refuses the budget %p', (budget, message) => {
    fail(budget)(message);
    fail(budget)(RangeError);
  });

  it('ignores keys that are undefined', () => {
    const budget = { quantizedFraction: undefined, quantizedLayers: 1 } as unknown as ComputeBudget;
    expect(layersToQuantize(['b', 'a'], contextWith([1, 1], budget))).toEqual(['b']);
  });

  it.each([
    [{ quantizedLayers: 3 }, ['a', 'b'], /at most 2, .*got 3/],
    [{ quantizedLayers: 2 }, ['b'], /at most 1, .*got 2/],
    [{ quantizedFraction: 1 }, ['b'], /at most 0\.5, .*got 1/],
    [{ lowPrecisionShare: 0.9 }, ['b'], /at most 0\.75, .*got 0\.9/],
    [{ theoreticalSpeedup: 4.1 }, ['a', 'b'], /at most 4, .*luq-fp4, got 4\.1; lower it/],
  ])('names the greatest reachable value for %p of %p', (budget, order, message) => {
    fail(budget, order)(message);
    fail(budget, order)(RangeError);
  });

  it('refuses invalid orders and invalid work', () => {
    fail({ quantizedLayers: 1 }, ['z'])(/order: .*no quantizable layer 'z'; it has a, b/);
    fail({ quantizedLayers: 1 }, ['a', 'a'])(/order: .*'a' twice/);
    const layers = [{ name: 'a', parameters: 1, multiplyAccumulates: -2 }];
    fail({ lowPrecisionShare: 1 }, ['a'], { layers })(/layer 'a': .*got -2/);
    fail({ lowPrecisionShare: 1 }, ['a'], {
      layers: [{ ...layers[0], multiplyAccumulates: 0 }],
    })(/at most 0,/);
  });
});
