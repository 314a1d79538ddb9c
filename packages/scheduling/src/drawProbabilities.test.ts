import { describe, expect, it } from '@jest/globals';
import { drawProbabilities } from './drawProbabilities.ts';
import { subsetProbabilities } from './testing/plackettLuce.ts';
import { mulberry32 } from './testing/scheduleContext.ts';

/** By enumeration of all orders. */
function enumerated(logWeights: readonly number[], count: number): number[] {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'].slice(0, logWeights.length);
  const weights = new Map(names.map((name, i) => [name, Math.exp(logWeights[i]!)]));
  const subsets = [...subsetProbabilities(weights, count)];
  return names.map((name) =>
    subsets.reduce((sum, [subset, p]) => sum + (subset.includes(name) ? p : 0), 0),
  );
}

const expectClose = (found: readonly number[], expected: readonly number[], digits = 9) =>
  found.forEach((probability, i) => expect(probability).toBeCloseTo(expected[i]!, digits));

describe('the probability to be among the first', () => {
  it('equals the enumeration of all orders, for any weights', () => {
    const random = mulberry32(3);
    for (let trial = 0; trial < 20; trial++) {
      const size = 2 + (trial % 5);
      const logWeights = Array.from({ length: size }, () => (trial + 1) * (random() - 0.5));
      for (let count = 0; count <= size; count++) {
        expectClose(drawProbabilities(logWeights, count), enumerated(logWeights, count));
      }
    }
  });

  it('of one place is proportional to the weight', () => {
    expectClose(drawProbabilities([0, Math.log(2), Math.log(5)], 1), [1 / 8, 2 / 8, 5 / 8]);
  });

  it('adds up to the number of places at any depth, and increases with the weight', () => {
    const logWeights = Array.from({ length: 121 }, (_, i) => i / 20);
    for (const count of [1, 30, 91, 120]) {
      const found = drawProbabilities(logWeights, count);
      const sum = found.reduce((total, probability) => total + probability, 0);
      expect(sum).toBeCloseTo(count, 7);
      expect([...found].sort((a, b) => a - b)).toEqual(found);
    }
  });

  it('is 0 or 1 for very different weights, and uniform for equal ones', () => {
    expectClose(drawProbabilities([0, -2000, -1e6, -1e6], 3), [1, 1, 0.5, 0.5]);
    expect(drawProbabilities([7, 7, 7, 7], 3)).toEqual([0.75, 0.75, 0.75, 0.75]);
    expect(drawProbabilities([0, 1], 0)).toEqual([0, 0]);
    expect(drawProbabilities([0, 1], 2)).toEqual([1, 1]);
    expect(drawProbabilities([], 0)).toEqual([]);
  });

  it('leaves items of weight 0 to the end, in their order', () => {
    const last = -Infinity;
    expectClose(drawProbabilities([last, 0, Math.log(3), last], 1), [0, 0.25, 0.75, 0]);
    expect(drawProbabilities([last, 0, 1, last], 3)).toEqual([1, 1, 1, 0]);
  });
});
