import { expect, it } from '@jest/globals';
import { duration } from './duration.ts';

it.each([
  [0, '0:00'],
  [59.6, '1:00'],
  [3599.4, '59:59'],
  [3599.6, '1:00:00'],
  [36_061, '10:01:01'],
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
