import { expect, it } from '@jest/globals';
import { epsilonText, lowerEpsilonText } from './epsilonText.ts';

it.each([
  [3, '3.000'],
  [2.9999999, '3.000'],
  // An upper bound is never shown below what it is.
  [3.0001, '3.001'],
  [0.1, '0.100'],
  [0.0123, '0.0123'],
  [0.0001, '0.0001'],
  [0.00012341, '0.000124'],
  [4.2e-9, '4.2e-9'],
  [4.2e-20, '4.20e-20'],
  [0, '0'],
  [1234.5, '1234.500'],
])('%p is %p', (epsilon, text) => {
  expect(epsilonText(epsilon)).toBe(text);
});

it('has words for what is no number', () => {
  expect([null, Infinity, NaN].map((epsilon) => epsilonText(epsilon))).toEqual([
    '∞',
    '∞',
    'unknown',
  ]);
});

it('takes the decimals wanted, and more where they would leave nothing', () => {
  expect(epsilonText(0.75, 2)).toBe('0.75');
  expect(epsilonText(0.0001, 2)).toBe('0.0001');
});

it('rounds a lower bound down', () => {
  expect([1.9999, 0, Infinity, NaN].map(lowerEpsilonText)).toEqual([
    '1.999',
    '0.000',
    '∞',
    'unknown',
  ]);
});
