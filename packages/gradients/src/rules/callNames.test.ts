import { expect, it } from '@jest/globals';
import { CallNames } from './callNames.ts';

it('tells the calls of a layer apart, and those of one layer from another', () => {
  const calls = new CallNames();
  const names = ['a', 'a', 'b', 'a'].map((layer) => calls.next(layer));
  expect(names[0]).toBe('a');
  expect(names[2]).toBe('b');
  expect(new Set(names).size).toBe(4);
});
