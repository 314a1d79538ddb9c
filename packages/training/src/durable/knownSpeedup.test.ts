import { expect, it } from '@jest/globals';
import { knownSpeedup } from './knownSpeedup.ts';

const layers = [
  { name: 'a', parameters: 1, multiplyAccumulates: 3 },
  { name: 'b', parameters: 1, multiplyAccumulates: 1 },
];
const recordOf = (format: string) => ({
  layers,
  assignments: [new Map([['a', format]])],
  heldSteps: [2],
  otherFormat: 'float32',
});

it('is the theoretical speed-up if each format has one', () => {
  expect(knownSpeedup(recordOf('int8'))).toBe(1 / (1 / 4 + 3 / 8));
  expect(knownSpeedup(recordOf('mine'), new Map([['mine', 3]]))).toBe(2);
});

it('is null for a format without a known speed-up', () => {
  expect(knownSpeedup(recordOf('mine'))).toBe(null);
  expect(knownSpeedup(recordOf('int8'), new Map())).toBe(null);
});
