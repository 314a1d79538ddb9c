import { expect, it } from '@jest/globals';
import { didYouMean, suggestionFor } from './suggestions.ts';

const flags = ['--epsilon', '--epochs', '--steps', '--seed', '--clip-norm', '--clip-ratio'];
const formats = ['float32', 'luq-fp4', 'int8', 'int4', 'fp8-e4m3', 'fp8-e5m2'];

it.each([
  ['--eps', flags, '--epsilon'],
  ['--epoch', flags, '--epochs'],
  ['--step', flags, '--steps'],
  ['--clipnorm', flags, '--clip-norm'],
  ['--clip', flags, null],
  ['luqfp4', formats, 'luq-fp4'],
  ['LUQ-FP4', formats, 'luq-fp4'],
  ['epsilom', ['epsilon', 'epochs'], 'epsilon'],
  ['espilon', ['epsilon', 'epochs'], 'epsilon'],
  ['--bogus', flags, null],
  ['', flags, null],
])('%p of %p: %p', (word, candidates, expected) => {
  expect(suggestionFor(word, candidates)).toBe(expected);
});

it('asks only where something is near', () => {
  expect(didYouMean('int3', ['int4'])).toBe(' Did you mean int4?');
  expect(didYouMean('abacus', ['cpu', 'wasm'])).toBe('');
});
