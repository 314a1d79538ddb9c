/**
 * The units that privacy protects: neighbouring data sets differ by one unit with all its rows.
 * Each row belongs to exactly one unit. Units are numbered from 0 to `count` − 1.
 */
export interface PrivacyUnits {
  readonly count: number;
  /**
   * What names a unit: columns or arrays such as `y,track`, or a pattern. Left out for other units.
   */
  readonly name?: string;
  /** Rows of a unit in this data set. */
  rowsOf(unit: number): readonly number[] | Uint32Array;
  /**
   * Number of possible ids, a public input that does not depend on who is present. Default `count`.
   */
  readonly idSpace?: number;
  /** Public id of a unit, below `idSpace`; kept by subsets. Default: the unit's number. */
  idOf?(unit: number): number;
}

/** Each row is a privacy unit. */
export function oneUnitPerRow(count: number): PrivacyUnits {
  return {
    count,
    rowsOf(unit) {
      requireUnit(unit, count);
      return [unit];
    },
  };
}

/**
 * Privacy units of several rows: all images of a person, all frames of a track.
 *
 * @param unitOfRow unit number of each row
 * @param unitCount number of units, a public input; units without rows are allowed
 * @throws RangeError for a unit number that is not below `unitCount`
 */
export function unitsOfRows(unitOfRow: ArrayLike<number>, unitCount: number): PrivacyUnits {
  for (let row = 0; row < unitOfRow.length; row++) {
    requireUnit(unitOfRow[row]!, unitCount, row);
  }
  const rows = new RowsByUnit(Uint32Array.from(unitOfRow), unitCount);
  return {
    count: unitCount,
    rowsOf(unit) {
      requireUnit(unit, unitCount);
      return rows.of(unit);
    },
  };
}

/**
 * Rows grouped by unit, in two arrays; a list for each of a million units would need ten times the
 * memory.
 */
export class RowsByUnit {
  readonly #rows: Uint32Array;
  /** Where the rows of each unit begin; the last entry is the end of the last unit. */
  readonly #starts: Uint32Array;

  constructor(unitOfRow: Uint32Array, unitCount: number) {
    this.#rows = new Uint32Array(unitOfRow.length);
    this.#starts = new Uint32Array(unitCount + 1);
    for (const unit of unitOfRow) this.#starts[unit + 1]!++;
    for (let unit = 0; unit < unitCount; unit++) this.#starts[unit + 1]! += this.#starts[unit]!;
    const next = this.#starts.slice();
    unitOfRow.forEach((unit, row) => {
      this.#rows[next[unit]!++] = row;
    });
  }

  /** The rows of an existing unit, in their order. */
  of(unit: number): number[] {
    return Array.from(this.#rows.subarray(this.#starts[unit], this.#starts[unit + 1]));
  }
}

/**
 * Unit number of each row.
 *
 * @throws RangeError if a row is in no unit or in two; the guarantee would not hold for it
 */
export function unitOfEachRow(units: PrivacyUnits, rowCount: number): Uint32Array {
  const unitOfRow = new Uint32Array(rowCount).fill(noUnit);
  for (let unit = 0; unit < units.count; unit++) {
    for (const row of units.rowsOf(unit)) {
      const other = unitOfRow[row];
      if (other === undefined) {
        throw new RangeError(`privacy unit ${unit}: there is no row ${row}, only ${rowCount} rows`);
      }
      if (other !== noUnit) {
        throw new RangeError(
          `row ${row} is in the privacy units ${other} and ${unit}: expected it in one only`,
        );
      }
      unitOfRow[row] = unit;
    }
  }
  const orphan = unitOfRow.indexOf(noUnit);
  if (orphan !== -1) {
    throw new RangeError(`row ${orphan} is in no privacy unit: expected each row in exactly one`);
  }
  return unitOfRow;
}

const noUnit = 0xffffffff;

function requireUnit(unit: number, count: number, row?: number): void {
  if (!Number.isInteger(unit) || unit < 0 || unit >= count) {
    const where = row === undefined ? '' : `row ${row}: `;
    throw new RangeError(
      `${where}privacy unit: expected a whole number below ${count}, got ${String(unit)}`,
    );
  }
}
