import { expect, it } from '@jest/globals';
import { combinedSpeedup, timedParts } from './timedParts.ts';

const low = (layer: string) => new Map([[layer, 'luq-fp4']]);
const full = new Map([['a', 'float32']]);

it('counts the steps with layers in low precision and those without, and takes the middle of each', () => {
  const decisions = [low('a'), low('b'), low('c'), full, new Map()];
  const runs = [
    { decisions, interval: 10, steps: 45 },
    { decisions: [low('d')], interval: 45, steps: 45 },
  ];
  expect(timedParts(runs, 'luq-fp4')).toEqual([
    { share: 75 / 90, assignments: [low('b'), low('d')] },
    { share: 15 / 90, assignments: [new Map()] },
  ]);
});

it('leaves out decisions that no step was taken under', () => {
  const runs = [{ decisions: [low('a'), full], interval: 10, steps: 10 }];
  expect(timedParts(runs, 'luq-fp4')).toEqual([{ share: 1, assignments: [low('a')] }]);
});

it('adds the times of parts, not their speeds', () => {
  const parts = [
    { share: 0.8, speed: 2 },
    { share: 0.2, speed: 1 },
  ];
  expect(combinedSpeedup(parts, [{ share: 1, speed: 1 }])).toBeCloseTo(1 / 0.6, 12);
  expect(combinedSpeedup(parts, parts)).toBe(1);
});
