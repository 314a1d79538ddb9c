import { expect, it } from '@jest/globals';
import { assignFormats, layersInFormat } from './assignFormats.ts';
import { contextOf } from './testing/scheduleContext.ts';

it('leaves out layers in float32', () => {
  for (const otherFormat of [undefined, 'float32']) {
    expect([...assignFormats(['c', 'a'], contextOf(3, 0, { otherFormat }))]).toEqual([
      ['a', 'luq-fp4'],
      ['c', 'luq-fp4'],
    ]);
  }
});

it('assigns the other format, and finds the chosen layers again', () => {
  const assignment = assignFormats(['c', 'a'], contextOf(3, 0, { otherFormat: 'fp8-e4m3' }));
  expect([...assignment]).toEqual([
    ['a', 'luq-fp4'],
    ['b', 'fp8-e4m3'],
    ['c', 'luq-fp4'],
  ]);
  expect(layersInFormat(assignment, 'luq-fp4')).toEqual(['a', 'c']);
  expect(layersInFormat(assignment, 'int8')).toEqual([]);
});

it('refuses unknown layers, and equal formats other than float32', () => {
  expect(() => assignFormats(['z'], contextOf(2, 0))).toThrow(/no quantizable layer 'z'/);
  expect(() => assignFormats([], contextOf(2, 0, { otherFormat: 'luq-fp4' }))).toThrow(
    /otherFormat: .*'luq-fp4' for both/,
  );
  const plain = contextOf(2, 0, { format: 'float32', otherFormat: 'float32' });
  expect(assignFormats(['a'], plain).get('a')).toBe('float32');
});
