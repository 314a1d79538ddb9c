import { expect, it } from '@jest/globals';
import { checkPolicy } from './checkPolicy.ts';
import { probabilistic } from './probabilistic.ts';

class Mine {
  readonly name = 'mine';
  select() {
    return new Map();
  }
}

it('returns the policy itself, also one of a class', () => {
  for (const policy of [probabilistic(), new Mine()]) {
    expect(checkPolicy(policy, 'mine.mjs')).toBe(policy);
  }
});

it('calls a function that returns one', () => {
  expect(checkPolicy(probabilistic, 'mine.mjs').name).toBe('probabilistic');
  expect(checkPolicy(() => new Mine(), 'mine.mjs')).toBeInstanceOf(Mine);
});

it.each([
  [undefined, /a policy \{ name: string, select\(context\) \}, .* got undefined; has the module/],
  [null, /got null/],
  ['loss-aware', /got 'loss-aware'/],
  [{ select: () => new Map() }, /got Object with name undefined and select function/],
  [{ name: '', select: () => new Map() }, /with name '' and/],
  [{ name: 'mine', select: new Map() }, /with name 'mine' and select Map/],
  [Object.create(null), /got an object with name undefined/],
  [() => undefined, /its function to return a policy .* got undefined/],
  [() => probabilistic, /its function to return a policy .* got function/],
  [async () => new Mine(), /got a Promise; it must not be asynchronous/],
  [Mine, /without arguments, got the error: Class constructor Mine/],
  [
    () => {
      throw new Error('no settings');
    },
    /got the error: no settings/,
  ],
])('refuses %p', (value, message) => {
  const check = () => checkPolicy(value, './mine.mjs');
  expect(check).toThrow(message);
  expect(check).toThrow(/^\.\/mine\.mjs: expected /);
  expect(check).toThrow(TypeError);
});
