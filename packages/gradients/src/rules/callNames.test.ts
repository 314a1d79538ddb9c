import { expect, it } from '@jest/globals';
import { CallNames } from './callNames.ts';

it('distinguishes the calls of a layer, and the calls of different layers', () => {
  const calls = new CallNames();
  const names = ['a', 'a', 'b', 'a'].map((layer) => calls.next(layer));
  expect(names[0]).toBe('a');
  expect(names[2]).toBe('b');
  expect(new Set(names).size).toBe(4);
});
