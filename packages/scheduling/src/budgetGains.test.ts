import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { budgetGains } from './budgetGains.ts';
import { readBudget, type ComputeBudget } from './computeBudget.ts';
import { layersToQuantize } from './layersToQuantize.ts';
import { contextOf, layersOf } from './testing/scheduleContext.ts';

/** Number of layers of an order that the gains require; −1 if all together are too few. */
function needed(order: readonly string[], context: ReturnType<typeof contextOf>): number {
  const { gains, needed: goal } = budgetGains(readBudget(context.budget), context);
  const gainOf = new Map(context.layers.map(({ name }, i) => [name, gains[i]!]));
  const working = order.map((name) => gainOf.get(name)!).filter((gain) => gain !== null);
  let gained = 0;
  for (let count = 0; count <= working.length; count++) {
    if (gained >= goal) return count;
    gained += working[count] ?? 0;
  }
  return -1;
}

it('add up to the same layers as the budget', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const speedup = fc.double({ min: 1, max: 5, noNaN: true });
  const budgets = fc.oneof(
    share.map((lowPrecisionShare): ComputeBudget => ({ lowPrecisionShare })),
    speedup.map((theoreticalSpeedup): ComputeBudget => ({ theoreticalSpeedup })),
  );
  const work = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 6 });
  const others = fc.constantFrom('float32', 'int8', 'bf16');
  fc.assert(
    fc.property(budgets, work, others, fc.nat(5), (budget, works, otherFormat, shift) => {
      const layers = layersOf(works.length).map((layer, i) => ({
        ...layer,
        multiplyAccumulates: works[i]!,
      }));
      const names = layers.map(({ name }) => name);
      const order = [...names.slice(shift), ...names.slice(0, shift)];
      const context = contextOf(works.length, 0, { layers, budget, otherFormat });
      let bought = -1;
      try {
        bought = layersToQuantize(order, context).length;
      } catch {
        // Out of reach.
      }
      expect(needed(order, context)).toBe(bought);
    }),
    { numRuns: 1000, seed: 1 },
  );
});
