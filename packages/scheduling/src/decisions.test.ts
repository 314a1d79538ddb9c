import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decisionAt, decisionCount, decisionName, heldSteps } from './decisions.ts';

const length = { steps: 10, stepsPerEpoch: 4 };

it('has one decision per epoch unless there is an interval', () => {
  expect(decisionCount(length)).toBe(3);
  expect(decisionAt(length, 2)).toEqual({
    ...length,
    ...{ epoch: 2, epochs: 3, step: 8, interval: 4 },
  });
  const every3 = { ...length, interval: 3 };
  expect(decisionCount(every3)).toBe(4);
  expect([0, 1, 2, 3].map((index) => decisionAt(every3, index).epoch)).toEqual([0, 0, 1, 2]);
});

it('names a decision by its epoch if there is one per epoch', () => {
  expect(decisionName(decisionAt(length, 2))).toBe('epoch 2');
  expect(decisionName(decisionAt({ ...length, interval: 4 }, 2))).toBe('epoch 2');
  expect(decisionName(decisionAt({ ...length, interval: 3 }, 2))).toBe('step 6');
  expect(decisionName({ epoch: 5 })).toBe('epoch 5');
});

it('distributes all steps taken among the decisions', () => {
  expect(heldSteps(3, { interval: 3, steps: 7 })).toEqual([3, 3, 1]);
  // Decided, and ended before its first step.
  expect(heldSteps(3, { interval: 3, steps: 6 })).toEqual([3, 3, 0]);
  const count = fc.integer({ min: 1, max: 50 });
  fc.assert(
    fc.property(count, count, count, (steps, stepsPerEpoch, interval) => {
      const decisions = decisionCount({ steps, stepsPerEpoch, interval });
      const held = heldSteps(decisions, { interval, steps });
      expect(held.reduce((sum, each) => sum + each, 0)).toBe(steps);
      expect(Math.min(...held)).toBeGreaterThan(0);
    }),
  );
});
