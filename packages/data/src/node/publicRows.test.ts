import { describe, expect, it } from '@jest/globals';
import { subset } from '../subset.ts';
import { tableDataset } from '../tableDataset.ts';
import { tinyImages } from '../testing/tinyImages.ts';
import { holdsMarkedRows, markPublicRows } from './publicRows.ts';

const whole = tinyImages(100);
const rows = (first: number, count: number) => Array.from({ length: count }, (_, i) => first + i);
const part = (first: number, count: number) => subset(whole, rows(first, count));

describe('marks of public rows', () => {
  it('are found in another order, in more data and in most of the data, and not in other data', async () => {
    const marks = await markPublicRows(part(20, 30));
    expect(marks).toHaveLength(30);
    for (const mark of marks) expect(mark).toMatch(/^[\da-f]{16}$/);
    expect(await holdsMarkedRows(whole, marks)).toBe(true);
    expect(await holdsMarkedRows(subset(whole, rows(20, 30).toReversed()), marks)).toBe(true);
    expect(await holdsMarkedRows(part(35, 50), marks)).toBe(true);
    expect(await holdsMarkedRows(part(36, 50), marks)).toBe(false);
    expect(await holdsMarkedRows(part(50, 50), marks)).toBe(false);
  });

  it('do not depend on classes, shapes and kinds of files', async () => {
    const values = Float32Array.from({ length: 40 }, (_, i) => i);
    const table = (inputShape: number[], labels: number[], classNames: string[]) =>
      tableDataset({ name: 'any', values, labels, inputShape, classNames });
    const marks = await markPublicRows(table([2, 2, 1], new Array<number>(10).fill(0), ['a', 'b']));
    expect(marks).toHaveLength(10);
    const other = table([4], new Array<number>(10).fill(2), ['x', 'y', 'z']);
    expect(await markPublicRows(other)).toEqual(marks);
  });

  it('mark rows that occur once, at most 64 and at least eight', async () => {
    const column = (values: number[]) =>
      tableDataset({
        name: 'column',
        values: Float32Array.from(values),
        labels: values.map(() => 0),
        inputShape: [1],
        classNames: ['a', 'b'],
      });
    const alike = column([...rows(0, 20), ...rows(0, 12)]);
    expect(await markPublicRows(alike)).toEqual(await markPublicRows(column(rows(12, 8))));
    expect(await markPublicRows(part(0, 7))).toEqual([]);
    expect(await holdsMarkedRows(whole, [])).toBe(false);
    expect(await markPublicRows(whole)).toHaveLength(64);
  });
});
