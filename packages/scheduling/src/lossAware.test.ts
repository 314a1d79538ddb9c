import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { lossAware, type LossAwareOptions } from './lossAware.ts';
import { probabilistic } from './probabilistic.ts';
import { chiSquare, onceInAMillion } from './testing/chiSquare.ts';
import { orderProbabilities, subsetProbabilities } from './testing/plackettLuce.ts';
import { contextOf, mulberry32 } from './testing/scheduleContext.ts';

const names = (count: number) => contextOf(count, 0).layers.map(({ name }) => name);
const impactsOf = (...impacts: number[]) =>
  new Map(names(impacts.length).map((name, i) => [name, impacts[i]!]));

/** The subsets of `count` layers that one policy draws in `epochs` epochs. */
function subsets(
  options: LossAwareOptions,
  lossImpacts: ReadonlyMap<string, number>,
  count: number,
  epochs: number,
): string[] {
  const policy = lossAware(options);
  const budget = { quantizedLayers: count };
  const context = contextOf(lossImpacts.size, 0, { budget, lossImpacts });
  return Array.from({ length: epochs }, (_, epoch) =>
    [...policy.select({ ...context, epoch }).keys()].join(''),
  );
}

describe('the distribution', () => {
  it('of the subsets is Plackett–Luce with weights exp(−L/temperature)', () => {
    const impacts = impactsOf(0.3, -0.1, 0.05, 0.2, 0);
    const weights = new Map([...impacts].map(([name, impact]) => [name, Math.exp(-impact / 0.2)]));
    const drawn = subsets({ temperature: 0.2 }, impacts, 2, 20_000);
    // C(5, 2) − 1 = 9 degrees of freedom; 220 of the rarest expected.
    const probabilities = subsetProbabilities(weights, 2);
    expect(20_000 * Math.min(...probabilities.values())).toBeGreaterThan(20);
    expect(chiSquare(drawn, probabilities)).toBeLessThan(onceInAMillion[9]);
  });

  it('of the whole order is Plackett–Luce: one more layer of budget adds the next one drawn', () => {
    const impacts = impactsOf(1, 0, 2, 0.5);
    const weights = new Map([...impacts].map(([name, impact]) => [name, Math.exp(-impact)]));
    const context = contextOf(4, 0, { lossImpacts: impacts });
    const policy = lossAware({ temperature: 1 });
    // The same random numbers under each budget show the order.
    const orders = Array.from({ length: 20_000 }, (_, seed) => {
      let order = '';
      for (const quantizedLayers of [1, 2, 3, 4]) {
        const random = mulberry32(seed);
        const chosen = policy.select({ ...context, budget: { quantizedLayers }, random });
        order += [...chosen.keys()].filter((name) => !order.includes(name)).join('');
      }
      return order;
    });
    // 4! − 1 = 23 degrees of freedom.
    const probabilities = orderProbabilities(weights);
    expect(20_000 * Math.min(...probabilities.values())).toBeGreaterThan(20);
    expect(chiSquare(orders, probabilities)).toBeLessThan(onceInAMillion[23]);
  });

  it('has the standard deviation as its temperature by default', () => {
    // Impacts 3 and 7: standard deviation 2, so 3 is drawn with probability 1/(1 + e⁻²).
    const drawn = subsets({}, impactsOf(7, 3), 1, 20_000);
    const share = drawn.filter((subset) => subset === 'b').length / drawn.length;
    const expected = 1 / (1 + Math.exp(-2));
    const deviation = Math.sqrt((expected * (1 - expected)) / drawn.length);
    expect(Math.abs(share - expected)).toBeLessThan(5 * deviation);
  });

  it.each([
    ['of equal impacts', {}, [0.1, 0.1, 0.1, 0.1, 0.1]],
    ['of an infinite temperature', { temperature: Infinity }, [1, 2, 3, 4, 5]],
  ])('%s is uniform', (_, options, impacts) => {
    const uniform = subsetProbabilities(new Map(names(5).map((name) => [name, 1])), 2);
    const drawn = subsets(options, impactsOf(...impacts), 2, 20_000);
    expect(chiSquare(drawn, uniform)).toBeLessThan(onceInAMillion[9]);
  });
});

it('does not depend on the unit and the offset of the impacts', () => {
  const drawOf = (impacts: readonly number[], seed: number) => [
    ...lossAware()
      .select(
        contextOf(impacts.length, 0.5, {
          lossImpacts: impactsOf(...impacts),
          random: mulberry32(seed),
        }),
      )
      .keys(),
  ];
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.integer({ min: -1_000_000, max: 1_000_000 }),
      fc.nat(),
      (impacts, scale, shift, seed) => {
        const changed = impacts.map((impact) => scale * impact + shift);
        expect(drawOf(changed, seed)).toEqual(drawOf(impacts, seed));
      },
    ),
  );
  const tiny = [3e-320, 1e-320, 2e-320, 0];
  const huge = [1.7e308, -1.7e308, 0, -1.7e308];
  expect(drawOf(tiny, 1)).toHaveLength(2);
  expect(drawOf(huge, 1)).not.toContain('a');
});

it('works with every kind of budget, and with the other format', () => {
  // Far apart: the order is c, a, b for certain. Work 1, 2, 3.
  const lossImpacts = impactsOf(1e6, 2e6, 0);
  const select = (budget: object) =>
    lossAware({ temperature: 1 }).select(
      contextOf(3, 0, { ...{ budget: budget as never }, lossImpacts, otherFormat: 'int8' }),
    );
  const mixed = new Map([
    ['a', 'luq-fp4'],
    ['b', 'int8'],
    ['c', 'luq-fp4'],
  ]);
  expect(select({ quantizedLayers: 2 })).toEqual(mixed);
  expect(select({ quantizedFraction: 0.7 })).toEqual(mixed);
  expect(select({ lowPrecisionShare: 0.6 })).toEqual(mixed);
  expect(select({ theoreticalSpeedup: 2.9 })).toEqual(mixed); // 1 / (4/6/4 + 2/6/2) = 3
});

it('draws like probabilistic before the first analysis', () => {
  expect(lossAware().select(contextOf(8, 0.5))).toEqual(probabilistic().select(contextOf(8, 0.5)));
  expect(lossAware().select(contextOf(0, 0.5, { lossImpacts: new Map() })).size).toBe(0);
});

it.each([
  [[['a', 1]], /impact of layer 'b', got undefined/],
  [
    [
      ['a', NaN],
      ['b', 1],
    ],
    /impact of layer 'a', got NaN/,
  ],
  [
    [
      ['a', 1],
      ['b', Infinity],
    ],
    /impact of layer 'b', got Infinity/,
  ],
] as [[string, number][], RegExp][])('refuses the impacts %p', (impacts, message) => {
  const select = () => lossAware().select(contextOf(2, 0.5, { lossImpacts: new Map(impacts) }));
  expect(select).toThrow(message);
  expect(select).toThrow(RangeError);
});

it.each([0, -1, NaN])('refuses the temperature %p', (temperature) => {
  expect(() => lossAware({ temperature })).toThrow(/temperature: expected a number above 0/);
});

describe('impacts per saved work', () => {
  // Layers a, b, c, d have 1, 2, 3, 4 multiply-accumulates: 2.5 on average.
  const impacts = impactsOf(0.2, 0.1, 0.3, 0.4);
  const greedy = { temperature: 1e-9 } as const;
  const chosen = (options: LossAwareOptions, changes = {}) => {
    const budget = { quantizedLayers: 2 };
    const context = contextOf(4, 0, { budget, lossImpacts: impacts, ...changes });
    return [...lossAware(options).select(context).keys()].join('');
  };

  it('prefer the layers that save most relative to their impact', () => {
    expect(chosen(greedy)).toBe('ab');
    // Over the work: 0.2, 0.05, 0.1 and 0.1.
    expect(chosen({ ...greedy, impactPer: 'compute' }, { budget: { quantizedLayers: 1 } })).toBe(
      'b',
    );
    const even = { lossImpacts: impactsOf(0.2, 0.2, 0.2, 0.2) };
    expect(chosen({ ...greedy, impactPer: 'compute' }, even)).toBe('cd');
  });

  it('are drawn like impacts of that size, in their own units', () => {
    const over = impactsOf(0.2 * 2.5, 0.1 * 1.25, (0.3 * 2.5) / 3, 0.4 * 0.625);
    for (const temperature of [undefined, 0.1]) {
      for (let seed = 0; seed < 50; seed++) {
        const random = () => mulberry32(seed);
        const drawn = chosen({ temperature, impactPer: 'compute' }, { random: random() });
        expect(drawn).toBe(chosen({ temperature }, { lossImpacts: over, random: random() }));
      }
    }
    const context = contextOf(4, 0.5, { lossImpacts: impacts });
    const plain = { ...context, lossImpacts: over };
    for (const [name, probability] of lossAware({ impactPer: 'compute' }).probabilities!(
      context,
    )!) {
      expect(probability).toBeCloseTo(lossAware().probabilities!(plain)!.get(name)!, 9);
    }
  });

  it('leave layers that save nothing to the end', () => {
    const layers = contextOf(4, 0).layers.map((layer) =>
      'ab'.includes(layer.name) ? { ...layer, multiplyAccumulates: 0 } : layer,
    );
    for (const [quantizedLayers, expected] of [
      [2, 'cd'],
      [3, 'acd'],
    ] as const) {
      const changes = { layers, budget: { quantizedLayers } };
      expect(chosen({ impactPer: 'compute' }, changes)).toBe(expected);
      const context = contextOf(4, 0, { ...changes, lossImpacts: impacts });
      const found = lossAware({ impactPer: 'compute' }).probabilities!(context)!;
      const certain = [...found].filter(([, p]) => p === 1).map(([name]) => name);
      expect(certain.join('')).toBe(expected);
    }
    const idle = layers.map((layer) => ({ ...layer, multiplyAccumulates: 0 }));
    expect(chosen({ impactPer: 'compute' }, { layers: idle })).toBe('ab');
  });

  it('are the only alternative', () => {
    expect(() => lossAware({ impactPer: 'weight' as never })).toThrow(
      /^impactPer: expected one of layer, compute, got 'weight'/,
    );
  });
});
