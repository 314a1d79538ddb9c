import { expect, it } from '@jest/globals';
import { checkBudget } from './checkBudget.ts';
import { defaultFormatSpeedups as formatSpeedups } from './theoreticalSpeedup.ts';

const layers = ['a', 'b'].map((name) => ({ name, parameters: 1, multiplyAccumulates: 100 }));
const context = { layers, format: 'luq-fp4', budget: { quantizedFraction: 0.75 } };

it('accepts budgets that all layers together reach', () => {
  checkBudget(context);
  checkBudget({ ...context, budget: { theoreticalSpeedup: 4 } });
  checkBudget({ ...context, budget: { quantizedLayers: 2 }, otherFormat: 'int8' });
  checkBudget({ ...context, layers: [] });
});

it.each([
  [{ budget: { theoreticalSpeedup: 100 } }, /^budget\.theoreticalSpeedup: expected at most 4,/],
  [{ budget: { quantizedLayers: 3 } }, /^budget\.quantizedLayers: expected at most 2,/],
  [{ budget: { quantizedFraction: NaN } }, /^budget\.quantizedFraction: expected a share/],
  [{ budget: { quantizedLayers: 1 }, layers: [] }, /expected at most 0/],
  [
    { format: 'mine', formatSpeedups },
    /no speed-up is known for the format 'mine'; add it to formatSpeedups/,
  ],
  [{ otherFormat: 'mine', formatSpeedups }, /no speed-up is known for the format 'mine'/],
  [{ format: 'mine', budget: { theoreticalSpeedup: 2 } }, /no speed-up is known for the format/],
  [{ otherFormat: 'luq-fp4' }, /^otherFormat: expected another format/],
] as const)('refuses %j', (changes, message) => {
  expect(() => checkBudget({ ...context, ...changes })).toThrow(message);
});

it("accepts a user's format with a speed-up", () => {
  const known = new Map([...formatSpeedups, ['mine', 8]]);
  checkBudget({
    ...context,
    format: 'mine',
    budget: { theoreticalSpeedup: 8 },
    formatSpeedups: known,
  });
  // No speed-up is needed here.
  checkBudget({ ...context, format: 'mine', budget: { quantizedLayers: 1 } });
});
