import { DataError } from '../formats/dataError.ts';
import { decimalNumber, nameFinder } from './cells.ts';

interface ClassColumn {
  readonly file: string;
  /** Name of the column. */
  readonly column: string;
  /** Class names in the order of their indices; if undefined, cells are the indices. */
  readonly classNames: readonly string[] | undefined;
  readonly isMissing: (cell: string) => boolean;
}

/**
 * Returns a function that reads class indices from cells.
 *
 * @throws DataError that names the row of an invalid cell
 */
export function classReader({ file, column, classNames, isMissing }: ClassColumn) {
  const classIndex = nameFinder(classNames ?? []);
  return (cell: string, row: number): number => {
    const index = classNames ? indexOf(cell) : decimalNumber(cell);
    if (Number.isInteger(index) && index >= 0) return index;
    // Without the value, which is private.
    throw new DataError(`${file}, row ${row}, column ${column}: ${remedy(cell)}`);
  };

  /** The index of a class name, or of a number such as 1.0 if the names are numbers. */
  function indexOf(cell: string): number {
    const index = classIndex(cell);
    if (index !== -1) return index;
    const value = decimalNumber(cell);
    // Greater numbers are rounded and could match another class.
    return Math.abs(value) <= Number.MAX_SAFE_INTEGER ? classIndex(String(value)) : -1;
  }

  function remedy(cell: string): string {
    const missing = isMissing(cell) ? 'the class is missing: leave the row out; ' : '';
    if (!classNames) {
      return (
        `${missing}expected the index of a class, a whole number in decimal digits; name the values of ` +
        'other classes: classNames (--class-names no,yes)'
      );
    }
    const some = classNames.slice(0, 20).join(', ') + (classNames.length > 20 ? ', …' : '');
    return (
      `${missing}expected one of ${some}; the values of the column in the order of their indices are ` +
      'classNames (--class-names); other spellings of them: replace, in the file beside the table'
    );
  }
}
