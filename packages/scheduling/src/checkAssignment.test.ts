import { expect, it } from '@jest/globals';
import { checkAssignment } from './checkAssignment.ts';
import { contextOf } from './testing/scheduleContext.ts';

const context = contextOf(3, 0.5, { epoch: 4 });

it('returns an independent copy in the order of the layers, without float32', () => {
  const returned = new Map([
    ['c', 'int8'],
    ['b', 'float32'],
    ['a', 'luq-fp4'],
  ]);
  const checked = checkAssignment(returned, context, { formats: ['luq-fp4', 'int8'] });
  returned.clear();
  expect([...checked]).toEqual([
    ['a', 'luq-fp4'],
    ['c', 'int8'],
  ]);
});

it.each([
  [undefined, /Map .* got undefined/],
  [null, /got null/],
  [{ a: 'int8' }, /got Object/],
  [[['a', 'int8']], /got Array/],
  ['int8', /got 'int8'/],
  [Promise.resolve(new Map()), /must not be asynchronous/],
  [new Map([['a', 4]]), /'a' → number/],
  [new Map([[0, 'int8']]), /number → 'int8'/],
  [new Map([['d', 'int8']]), /no quantizable layer 'd'; it has a, b, c/],
  [new Map([['a', 'fp4']]), /layer 'a': expected a format out of float32, int8, got 'fp4'/],
])('refuses %p', (returned, message) => {
  const check = () =>
    checkAssignment(returned, context, { policy: './mine.mjs', formats: ['int8'] });
  expect(check).toThrow(message);
  expect(check).toThrow(/^\.\/mine\.mjs, epoch 4: /);
});

it('accepts any format name if no formats are given', () => {
  expect(checkAssignment(new Map([['a', 'mine']]), context).get('a')).toBe('mine');
});

it('refuses a format without a known speed-up, if speed-ups are given', () => {
  const context = { epoch: 3, layers: [{ name: 'a', parameters: 1, multiplyAccumulates: 1 }] };
  const assignment = new Map([['a', 'mine']]);
  const options = { formats: ['mine'], formatSpeedups: new Map([['other', 2]]) };
  expect(() => checkAssignment(assignment, context, options)).toThrow(
    /^policy, epoch 3: layer 'a': no speed-up is known for the format 'mine'.*formatSpeedups/,
  );
  const known = { ...options, formatSpeedups: new Map([['mine', 2]]) };
  expect(checkAssignment(assignment, context, known)).toEqual(assignment);
});
