import { describe, expect, it } from '@jest/globals';
import { checkProbabilities } from './checkProbabilities.ts';
import type { ComputeBudget } from './computeBudget.ts';
import { fixedPolicy } from './fixedPolicy.ts';
import { fullPrecision } from './fullPrecision.ts';
import { lossAware } from './lossAware.ts';
import type { ScheduleContext, SchedulePolicy } from './policy.ts';
import { probabilistic } from './probabilistic.ts';
import { staticPolicy } from './staticPolicy.ts';
import { contextOf, layersOf, mulberry32 } from './testing/scheduleContext.ts';

const lossImpacts = new Map(Object.entries({ a: 0.3, b: -0.1, c: 0.05, d: 0.2, e: 0, f: 0.1 }));

/** How often each layer is chosen in a number of decisions. */
function frequencies(policyOf: () => SchedulePolicy, context: ScheduleContext, count = 5_000) {
  const times = new Map(context.layers.map(({ name }) => [name, 0]));
  for (let decision = 0; decision < count; decision++) {
    for (const [name, format] of policyOf().select(context)) {
      if (format === context.format) times.set(name, times.get(name)! + 1);
    }
  }
  return new Map([...times].map(([name, chosen]) => [name, chosen / count]));
}

describe('the probabilities of a policy', () => {
  const budgets: ComputeBudget[] = [
    { quantizedFraction: 0.5 },
    { quantizedLayers: 4 },
    { lowPrecisionShare: 0.6 },
    { theoreticalSpeedup: 1.7 },
  ];
  const policies: [string, () => SchedulePolicy][] = [
    ['static', staticPolicy],
    ['probabilistic', probabilistic],
    ['loss-aware', lossAware],
    ['loss-aware at its own temperature', () => lossAware({ temperature: 0.1 })],
  ];
  it.each(
    policies.flatMap(([name, policyOf]) =>
      budgets.map((budget) => [name, budget, policyOf] as const),
    ),
  )('%s equal the frequencies of its choices, under %j', (_, budget, policyOf) => {
    const changes = { budget, lossImpacts, otherFormat: 'int8', random: mulberry32(7) };
    const context = contextOf(6, 0, changes);
    const probabilities = policyOf().probabilities!({ ...context, random: mulberry32(8) })!;
    expect([...probabilities.keys()]).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    for (const [name, frequency] of frequencies(policyOf, context)) {
      // Five standard errors: of 5,000 decisions, and of the 4,000 draws of a simulation.
      const error = Math.sqrt(0.25 / 5_000) + ('quantizedLayers' in budget ? 0 : 0.008);
      expect(Math.abs(frequency - probabilities.get(name)!)).toBeLessThan(5 * error);
    }
  });

  it('are equal before the first analysis, and 0 for layers without work under a budget of work', () => {
    const even = lossAware().probabilities!(contextOf(8, 0.75))!;
    expect([...even.values()]).toEqual(new Array(8).fill(0.75));
    const layers = layersOf(3).map((layer) =>
      layer.name === 'b' ? { ...layer, multiplyAccumulates: 0 } : layer,
    );
    const context = contextOf(3, 0, { layers, budget: { lowPrecisionShare: 0.9 } });
    expect([...probabilistic().probabilities!(context)!.values()]).toEqual([1, 0, 1]);
  });

  it('are 0 or 1 if the choice is already fixed', () => {
    const context = contextOf(3, 0.4);
    const certain = (policy: SchedulePolicy, changes: Partial<ScheduleContext> = {}) => [
      ...policy.probabilities!({ ...context, ...changes })!.values(),
    ];
    expect(certain(fullPrecision())).toEqual([0, 0, 0]);
    const assignments = [new Map([['b', 'luq-fp4']]), new Map([['c', 'int8']])];
    expect(certain(fixedPolicy({ assignments }))).toEqual([0, 1, 0]);
    expect(certain(fixedPolicy({ assignments }), { epoch: 1 })).toEqual([0, 0, 0]);
    const kept = staticPolicy();
    expect(certain(kept)).toEqual([1 / 3, 1 / 3, 1 / 3]);
    const chosen = kept.select(context);
    const expected = ['a', 'b', 'c'].map((name) => Number(chosen.has(name)));
    expect(certain(kept)).toEqual(expected);
    expect(certain(staticPolicy(), { earlier: [chosen] })).toEqual(expected);
  });

  it('throw the same error as the choice if the budget is out of reach', () => {
    const context = contextOf(3, 0, { budget: { theoreticalSpeedup: 9 } });
    expect(() => probabilistic().probabilities!(context)).toThrow(/^budget\.theoreticalSpeedup: /);
  });
});

describe('checkProbabilities', () => {
  const context = contextOf(2, 0.5);
  it('returns all layers in their order, as a copy', () => {
    const given = new Map([['b', 0.5]]);
    const checked = checkProbabilities(given, context);
    given.clear();
    expect([...checked!]).toEqual([
      ['a', 0],
      ['b', 0.5],
    ]);
    expect(checkProbabilities(null, context)).toBeNull();
  });

  it.each([
    [{ a: 1 }, /^mine, epoch 0: expected probabilities\(\) to return .* got Object/],
    [undefined, /got undefined/],
    [new Map([['c', 0.5]]), /mine, epoch 0: .*'c'/],
    [new Map([['a', 1.5]]), /layer 'a': expected a probability from 0 to 1, got 1\.5/],
    [new Map([['a', NaN]]), /got NaN/],
    [new Map([['a', '1']]), /got '1'/],
  ])('refuses %p', (given, message) => {
    expect(() => checkProbabilities(given, context, { policy: 'mine' })).toThrow(message);
  });
});
