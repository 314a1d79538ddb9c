import { expect, it } from '@jest/globals';
import { fixedPolicy } from './fixedPolicy.ts';
import { contextOf } from './testing/scheduleContext.ts';

const first = new Map([
  ['a', 'int8'],
  ['b', 'float32'],
]);
const last = new Map([['c', 'luq-fp4']]);

it('gives each epoch its assignment and keeps the last', () => {
  const policy = fixedPolicy({ assignments: [first, last] });
  const select = (epoch: number) => policy.select(contextOf(3, 0, { epoch }));
  expect(select(0)).toEqual(first);
  expect(select(1)).toEqual(last);
  expect(select(9)).toEqual(last);
});

it('fills what an assignment leaves out, not what it names, with the other format', () => {
  const policy = fixedPolicy({ assignments: [first] });
  expect(policy.select(contextOf(3, 0, { otherFormat: 'fp8-e4m3' }))).toEqual(
    new Map([
      ['a', 'int8'],
      ['b', 'float32'],
      ['c', 'fp8-e4m3'],
    ]),
  );
});

it('is not changed through what it was given or what it returned', () => {
  const given = new Map([['a', 'int8']]);
  const policy = fixedPolicy({ assignments: [given] });
  given.clear();
  (policy.select(contextOf(1, 0)) as Map<string, string>).clear();
  expect(policy.select(contextOf(1, 0)).get('a')).toBe('int8');
});

it('refuses an empty list and anything but Maps', () => {
  expect(() => fixedPolicy({ assignments: [] })).toThrow(/at least one epoch/);
  expect(() => fixedPolicy({ assignments: [first, { a: 'int8' } as never] })).toThrow(
    /epoch 1: expected a Map .* got Object/,
  );
});
