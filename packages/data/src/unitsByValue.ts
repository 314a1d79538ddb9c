import { unitsOfRows, type PrivacyUnits } from './privacyUnits.ts';

/** Ids of units named by values: a hash of so many. */
const idSpace = 2 ** 18;

/**
 * Rows with the same values in all columns are one privacy unit: `[y, track]` makes a unit of each
 * track of each class. Units are numbered by their first row.
 *
 * A unit's public id is a hash of its values, so that it depends on no other unit. Two units in some
 * hundred thousand share an id, and then a split puts both into the same part; they stay two units.
 *
 * @param columns value of each row, all of the same length
 */
export function unitsByValue(
  columns: readonly ArrayLike<string | number>[],
  rowCount: number,
): PrivacyUnits {
  const unitOfName = new Map<string, number>();
  const ids: number[] = [];
  const unitOfRow = new Uint32Array(rowCount);
  for (let row = 0; row < rowCount; row++) {
    const name = JSON.stringify(columns.map((column) => String(column[row])));
    let unit = unitOfName.get(name);
    if (unit === undefined) {
      unit = unitOfName.size;
      unitOfName.set(name, unit);
      ids.push(hash(name) % idSpace);
    }
    unitOfRow[row] = unit;
  }
  return { ...unitsOfRows(unitOfRow, ids.length), idSpace, idOf: (unit) => ids[unit]! };
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
