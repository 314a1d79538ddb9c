import { DataError } from './formats/dataError.ts';
import { unitsOfRows, type PrivacyUnits } from './privacyUnits.ts';
import { spelledNumber, unitName } from './unitName.ts';

/** Ids of units named by values: a hash of so many. */
const idSpace = 2 ** 18;

/**
 * Rows with the same values in all columns are one privacy unit: `[y, track]` makes a unit of each
 * track of each class. Units are numbered by their first row. Texts are compared in the form that
 * `unitName` has, for example without white space around them.
 *
 * A unit's public id is a hash of its values, so that it depends on no other unit. Two units in some
 * hundred thousand share an id, and then a split puts both into the same part; they stay two units.
 *
 * @param columns value of each row, all of the same length
 * @param where file and columns, for messages
 * @throws DataError for a row whose values are all empty, and for texts in a column that spell the
 *   same number in two ways, as 1 and 1.0: whether these are one unit or two is not for us to guess
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
    // Unlike a joined text, this tells a, "b, c" from "a, b", c.
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

/** Refuses a name in a column that spells a number that another name spells differently. */
function spellingGuard(column: ArrayLike<string | number>, where: string) {
  const rowOfNumber = new Map<string, number>();
  // Numbers are spelled by us.
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
          'write it in one way for the same unit, with a letter before it for two',
      );
    }
  };
}

/** FNV-1a over the UTF-16 units, with a last mix: 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  return (value ^ (value >>> 13)) >>> 0;
}
