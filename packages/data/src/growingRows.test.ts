import { expect, it } from '@jest/globals';
import { GrowingRows } from './growingRows.ts';

it.each([
  ['short rows, in several pieces', 1, 2 ** 18 + 3],
  ['rows that do not fill a piece', 3, 2 ** 17],
  ['rows longer than a piece', 2 ** 18 + 1, 3],
])('keeps %s', async (_, length, count) => {
  const rows = new GrowingRows(length);
  for (let row = 0; row < count; row++) {
    const { values, offset } = rows.add();
    values[offset] = row;
    values[offset + length - 1] = row;
  }
  expect(rows).toMatchObject({ count, shape: [length], holdsBytes: false });
  const wanted = [count - 1, 0, Math.floor(count / 2), count - 1];
  const values = await rows.read(wanted);
  expect(values).toHaveLength(wanted.length * length);
  expect(wanted.map((_, i) => values[i * length])).toEqual(wanted);
  expect(wanted.map((_, i) => values[(i + 1) * length - 1])).toEqual(wanted);
});
