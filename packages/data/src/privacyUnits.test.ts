import { expect, it } from '@jest/globals';
import { oneUnitPerRow, unitOfEachRow, unitsOfRows } from './privacyUnits.ts';

it('makes each row a unit', () => {
  expect(oneUnitPerRow(3).rowsOf(2)).toEqual([2]);
  expect([...unitOfEachRow(oneUnitPerRow(3), 3)]).toEqual([0, 1, 2]);
});

it('groups rows, and keeps units without rows', () => {
  const units = unitsOfRows([1, 3, 1, 0], 4);
  expect([0, 1, 2, 3].map((unit) => units.rowsOf(unit))).toEqual([[3], [0, 2], [], [1]]);
  expect([...unitOfEachRow(units, 4)]).toEqual([1, 3, 1, 0]);
});

it.each([-1, 4, 0.5, NaN])('refuses the unit %p', (unit) => {
  expect(() => unitsOfRows([0, unit], 4)).toThrow(/row 1: privacy unit: .* below 4/);
  expect(() => unitsOfRows([0], 4).rowsOf(unit)).toThrow(/privacy unit/);
  expect(() => oneUnitPerRow(4).rowsOf(unit)).toThrow(/privacy unit/);
});

it('refuses units that do not hold each row exactly once', () => {
  const units = (...rows: number[][]) => ({
    count: rows.length,
    rowsOf: (unit: number) => rows[unit]!,
  });
  expect(() => unitOfEachRow(units([0, 1], [1]), 2)).toThrow(
    /row 1 is in the privacy units 0 and 1/,
  );
  expect(() => unitOfEachRow(units([0], [2]), 3)).toThrow(/row 1 is in no privacy unit/);
  expect(() => unitOfEachRow(units([0], [1]), 1)).toThrow(/privacy unit 1: there is no row 1/);
});
