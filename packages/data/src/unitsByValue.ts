import { DataError } from './formats/dataError.ts';
import { unitsOfRows, type PrivacyUnits } from './privacyUnits.ts';
import { spelledNumber, unitName } from './unitName.ts';

/** Size of the id space: an id is a hash of 18 bits. */
const idSpace = 2 ** 18;

/**
 * Rows with the same values in all columns form one privacy unit: `[y, track]` makes each track of
 * each class a unit. Units are numbered by their first row. Texts are compared in the form of
 * `unitName`, for example without white space around them.
 *
 * A unit's public id is a hash of its values, so it does not depend on other units. Two units may
 * share an id (two in some hundred thousand): they stay two units, in the same part of a split.
 *
 * @param columns one value per row, all of the same length
 * @param where file and columns, for messages
 * @throws DataError for a row whose values are all empty, and if texts of a column spell one number
 *   in two ways, such as 1 and 1.0: a program must not guess whether these are one unit or two
 */
export function unitsByValue(
  columns: readonly ArrayLike<string | number>[],
  rowCount: number,
  where = 'privacy unit',
): PrivacyUnits {
  const unitOfName = new Map<string, number>();
  const ids: number[] = [];
  const unitOfRow = new Uint32Array(rowCount);
  const requireOneSpelling = columns.map((column) => spellingGuard(column, where));
  for (let row = 0; row < rowCount; row++) {
    const names = columns.map((column) => unitName(column[row]!));
    // JSON and not a joined text, to distinguish a, "b, c" from "a, b", c.
    const name = JSON.stringify(names);
    let unit = unitOfName.get(name);
    if (unit === undefined) {
      if (names.every((part) => part === '')) {
        throw new DataError(
          `${where}, row ${row}: expected the name of a privacy unit, got an empty one; ` +
            'name it, or leave the row out',
        );
      }
      names.forEach((part, column) => {
        requireOneSpelling[column]!(part, row);
      });
      unit = unitOfName.size;
      unitOfName.set(name, unit);
      ids.push(hash(name) % idSpace);
    }
    unitOfRow[row] = unit;
  }
  return { ...unitsOfRows(unitOfRow, ids.length), idSpace, idOf: (unit) => ids[unit]! };
}

/** Refuses two spellings of the same number in a column. */
function spellingGuard(column: ArrayLike<string | number>, where: string) {
  const rowOfNumber = new Map<string, number>();
  // Numbers, unlike texts, have one spelling.
  if (ArrayBuffer.isView(column)) return () => undefined;
  return (name: string, row: number): void => {
    const number = spelledNumber(name);
    if (number === null) return;
    const other = rowOfNumber.get(number);
    if (other === undefined) {
      rowOfNumber.set(number, row);
    } else if (unitName(column[other]!) !== name) {
      throw new DataError(
        `${where}, rows ${other} and ${row}: expected one spelling of a number, as 1 beside 1.0 or 01; ` +
          'use one spelling for the same unit, or add a letter for two different units',
      );
    }
  };
}

/** FNV-1a over the UTF-16 units, with a final mix: 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  return (value ^ (value >>> 13)) >>> 0;
}
