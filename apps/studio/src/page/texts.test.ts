import { expect, it } from '@jest/globals';
import { durationText, epsilonText, percentText } from './texts.ts';

it('rounds an ε up, and never down', () => {
  expect([2.994, 3, 2.9901, Infinity].map(epsilonText)).toEqual(['3.00', '3.00', '3.00', '∞']);
  expect(epsilonText(0.001)).toBe('0.01');
});

it('says durations and shares', () => {
  expect([3.2, 61, 5400].map(durationText)).toEqual(['4 s', '2 min', '1.5 h']);
  expect([0.925, null].map(percentText)).toEqual(['92.5 %', '–']);
});
