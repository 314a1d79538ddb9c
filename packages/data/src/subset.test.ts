import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { unitsOfRows } from './privacyUnits.ts';
import { subset } from './subset.ts';
import { tinyImages } from './testing/tinyImages.ts';

const whole = tinyImages(40);
const someRows = fc.uniqueArray(fc.nat({ max: 39 }), { maxLength: 40 });

it('reads the same as the original, including keys', async () => {
  await fc.assert(
    fc.asyncProperty(someRows, async (rows) => {
      const part = subset(whole, rows);
      expect(part.count).toBe(rows.length);
      const places = rows.map((_, place) => place).reverse();
      const batch = await part.read(places, { size: rows.length + 1, views: places });
      expect(batch).toEqual(
        await whole.read([...rows].reverse(), { size: rows.length + 1, views: places }),
      );
    }),
  );
});

it('keeps the original rows through subsets of subsets', async () => {
  const inner = subset(subset(whole, [30, 20, 10]), [2, 0]);
  expect([...(await inner.read([0, 1])).keys.rows]).toEqual([10, 30]);
  expect([0, 1].map((unit) => inner.privacyUnits.idOf!(unit))).toEqual([10, 30]);
  expect([0, 1].map((unit) => inner.privacyUnits.rowsOf(unit))).toEqual([[0], [1]]);
  expect(inner.privacyUnits.idSpace).toBe(40);
});

it('counts the units with remaining rows, with their ids', () => {
  // Units 0: rows 0 and 3; 1: rows 1 and 4; 2: rows 2 and 5.
  const part = subset(tinyImages(6, unitsOfRows([0, 1, 2, 0, 1, 2], 3)), [5, 3, 0]);
  const units = part.privacyUnits;
  expect([units.count, units.idSpace]).toEqual([2, 3]);
  expect([units.idOf!(0), units.rowsOf(0)]).toEqual([0, [1, 2]]);
  expect([units.idOf!(1), units.rowsOf(1)]).toEqual([2, [0]]);
  expect(() => units.rowsOf(2)).toThrow(/whole number below 2, got 2/);
});

describe('errors', () => {
  it.each([40, -1, 0.5])('refuses the row %p', (row) => {
    expect(() => subset(whole, [row])).toThrow(/whole number below 40/);
  });

  it('refuses a repeated row', () => {
    expect(() => subset(whole, [3, 4, 3])).toThrow('subset of tiny: row 3 is named twice');
  });

  it('rejects rows that only the original has', async () => {
    await expect(subset(whole, [3, 4]).read([2])).rejects.toThrow(/below 2, got 2/);
  });
});
