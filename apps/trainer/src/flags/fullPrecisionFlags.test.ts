import { expect, it } from '@jest/globals';
import { firstOwnDecision } from './fullPrecisionFlags.ts';
import { UsageError } from './usageError.ts';

const plan = { steps: 8, stepsPerEpoch: 4 };

it('finds the first decision that is the policy’s own', () => {
  expect(firstOwnDecision({}, plan)).toBe(0);
  expect(firstOwnDecision({ fullPrecisionEnd: 0.5 }, plan)).toBe(0);
  expect(firstOwnDecision({ fullPrecisionStart: 0.5 }, plan)).toBe(1);
  expect(firstOwnDecision({ fullPrecisionStart: 0.3, scheduleInterval: 1 }, plan)).toBe(2);
  expect(firstOwnDecision({}, { steps: 0, stepsPerEpoch: 4 })).toBe(0);
});

it.each([
  [{ fullPrecisionEnd: 0.01 }, /^full-precision-end: 0\.01 of 8 steps is no step; raise it/],
  [{ fullPrecisionStart: 0.06 }, /^full-precision-start: .* is no step/],
  [
    { fullPrecisionStart: 0.2, fullPrecisionEnd: 0.2 },
    /^full-precision-end: leaves nothing .* every 4 steps of 8: .*a shorter --schedule-interval$/,
  ],
  [{ fullPrecisionStart: 0.7 }, /^full-precision-start: leaves nothing/],
])('refuses %j of eight steps in two epochs', (options, message) => {
  expect(() => firstOwnDecision(options, plan)).toThrow(message);
  expect(() => firstOwnDecision(options, plan)).toThrow(UsageError);
});

it('takes the same shares where decisions are shorter', () => {
  const options = { fullPrecisionStart: 0.2, fullPrecisionEnd: 0.2, scheduleInterval: 1 };
  expect(firstOwnDecision(options, plan)).toBe(2);
});
