import { expect, it } from '@jest/globals';
import { medianOf, pairedDifference, spreadOf } from './statistics.ts';

// scipy 1.17: stats.ttest_rel(a, b).confidence_interval(…), numpy.std(a - b, ddof=1).
const a = [0.921, 0.934, 0.917, 0.928];
const b = [0.915, 0.935, 0.906, 0.921];
const differences = a.map((value, index) => value - b[index]!);

it('computes mean and sample standard deviation', () => {
  const spread = spreadOf(differences)!;
  expect(spread.mean).toBeCloseTo(0.005750000000000005, 15);
  expect(spread.standardDeviation).toBeCloseTo(0.004991659710623984, 15);
  expect(spread.n).toBe(4);
});

it.each([
  [0.95, -0.0021928445016544153, 0.013692844501654425],
  [0.9, -0.00012359472097796514, 0.011623594720977973],
])('computes the interval of paired differences at %f', (confidence, low, high) => {
  const { interval } = pairedDifference(differences, confidence)!;
  expect(interval![0]).toBeCloseTo(low, 14);
  expect(interval![1]).toBeCloseTo(high, 14);
});

it('has no standard deviation for one value, and is null for none', () => {
  expect(spreadOf([0.5])).toEqual({ mean: 0.5, standardDeviation: null, n: 1 });
  expect(pairedDifference([0.5], 0.95)).toEqual({ mean: 0.5, interval: null, n: 1 });
  expect(spreadOf([])).toBeNull();
  expect(pairedDifference([], 0.95)).toBeNull();
});

it('finds the median of odd and even numbers of values', () => {
  expect(medianOf([3, 1, 2])).toBe(2);
  expect(medianOf([4, 1, 3, 2])).toBe(2.5);
});
