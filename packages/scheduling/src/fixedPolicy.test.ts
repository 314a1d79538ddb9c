import { expect, it } from '@jest/globals';
import { decisionAt } from './decisions.ts';
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

it('gives each decision of an interval its assignment', () => {
  const policy = fixedPolicy({ assignments: [first, last], interval: 3 });
  const place = { steps: 8, stepsPerEpoch: 4, interval: 3 };
  const chosen = [0, 1, 2].map((index) => policy.select(contextOf(3, 0, decisionAt(place, index))));
  expect(chosen).toEqual([first, last, last]);
});

it('counts decisions if no interval is given', () => {
  const policy = fixedPolicy({ assignments: [first, last] });
  const place = decisionAt({ steps: 8, stepsPerEpoch: 4, interval: 3 }, 1);
  expect(policy.select(contextOf(3, 0, place))).toEqual(last);
});

it.each([
  [3, undefined, /decides every 3 steps, the run each epoch; give the run .*--schedule-interval 3/],
  [3, 1, /decides every 3 steps, the run every step;/],
  ['epoch' as const, 3, /decides each epoch, the run every 3 steps; leave .*--schedule-interval/],
])('refuses a schedule by %p for a run by %p', (interval, run, message) => {
  const policy = fixedPolicy({ assignments: [first], interval });
  const place = decisionAt({ steps: 8, stepsPerEpoch: 4, interval: run }, 0);
  expect(() => policy.select(contextOf(3, 0, place))).toThrow(message);
});

it.each([
  ['epoch' as const, 4],
  [4, undefined],
])('takes a schedule by %p for a run by %p, of epochs of four steps', (interval, run) => {
  const policy = fixedPolicy({ assignments: [first, last], interval });
  const place = decisionAt({ steps: 8, stepsPerEpoch: 4, interval: run }, 1);
  expect(policy.select(contextOf(3, 0, place))).toEqual(last);
});

it('uses the other format for layers that an assignment leaves out, not for those it names', () => {
  const policy = fixedPolicy({ assignments: [first] });
  expect(policy.select(contextOf(3, 0, { otherFormat: 'fp8-e4m3' }))).toEqual(
    new Map([
      ['a', 'int8'],
      ['b', 'float32'],
      ['c', 'fp8-e4m3'],
    ]),
  );
});

it('does not change with its arguments or its result', () => {
  const given = new Map([['a', 'int8']]);
  const policy = fixedPolicy({ assignments: [given] });
  given.clear();
  (policy.select(contextOf(1, 0)) as Map<string, string>).clear();
  expect(policy.select(contextOf(1, 0)).get('a')).toBe('int8');
});

it('refuses an empty list, anything but Maps, and an invalid interval', () => {
  expect(() => fixedPolicy({ assignments: [first], interval: 0.5 })).toThrow(
    /interval: .* got 0.5/,
  );
  expect(() => fixedPolicy({ assignments: [] })).toThrow(/at least one epoch/);
  expect(() => fixedPolicy({ assignments: [first, { a: 'int8' } as never] })).toThrow(
    /decision 1: expected a Map .* got Object/,
  );
});
