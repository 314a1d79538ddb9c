import type { Dataset } from '../dataset.ts';
import { DataError } from '../formats/dataError.ts';
import { tableDataset } from '../tableDataset.ts';
import { unitName } from '../unitName.ts';
import { unitsByValue } from '../unitsByValue.ts';
import { decimalNumber, nameFinder } from './csvCells.ts';
import { commentRemedy, csvRows } from './csvRows.ts';

/** What is public about a table: nothing of it is taken from the private rows. */
export interface CsvOptions {
  /** Column of the class. Default class. */
  readonly targets?: string | undefined;
  /** Values of the class column in the order of their indices; whole numbers by default. */
  readonly classNames?: readonly string[] | undefined;
  /** Columns whose combination is the privacy unit, no inputs then; each row by default. */
  readonly privacyUnit?: readonly string[] | undefined;
  /** Values of each categorical column, which becomes as many inputs of 0 and 1. */
  readonly categories?: Readonly<Record<string, readonly string[]>> | undefined;
  /** Public mean and standard deviation of numeric columns, which become (value − mean) / deviation. */
  readonly standardization?:
    Readonly<Record<string, { readonly mean: number; readonly deviation: number }>> | undefined;
}

/** What pandas calls the column of its row numbers when it reads a table that has it. */
const unnamedColumn = /^(Unnamed: \d+)?$/;

/**
 * A table with a header, separated by commas, semicolons or tabs. Columns are numeric unless
 * `categories` names them. Names of columns, units, classes and categories are compared without
 * white space around them.
 *
 * @throws DataError naming the row and column of a value that is no finite number or no known
 * category, for a column that is missing, named twice or without a name, and rows of other lengths
 */
export function csvTable(text: string, file: string, options: CsvOptions = {}): Dataset {
  const { targets = 'class', classNames, privacyUnit = [] } = options;
  const { categories = {}, standardization = {} } = options;
  const [names, ...rows] = csvRows(text, file);
  if (!names || rows.length === 0) throw new DataError(`${file}: expected a header and rows`);
  const header = names.map(unitName);
  if (new Set(header).size !== header.length) {
    throw new DataError(`${file}: expected each column once, got ${header.join(', ')}`);
  }
  if (header.length === 1) {
    throw new DataError(
      `${file}: expected two columns or more, separated by commas, semicolons or tabs, got one, ${header[0]}; ` +
        'save the table with one of these separators, in pandas by to_csv(path, index=False)',
    );
  }
  const columnOf = (name: string, option: string) => {
    const column = header.indexOf(unitName(name));
    if (column !== -1) return column;
    throw new DataError(
      `${file}: expected a column ${name}, got ${header.join(', ')}; name one of them as ${option}` +
        (header[0]!.startsWith('#') ? `; ${commentRemedy}` : ''),
    );
  };
  const classColumn = columnOf(targets, 'the class: targets (--targets)');
  const unitColumns = privacyUnit.map((name) => columnOf(name, 'privacyUnit (--privacy-unit)'));
  const known = byColumn(categories, 'categories (--categories)');
  const scales = byColumn(standardization, 'standardization (--standardization)');
  for (const column of [...known.keys(), ...scales.keys()]) {
    const isInput = column !== classColumn && !unitColumns.includes(column);
    if (isInput && !(known.has(column) && scales.has(column))) continue;
    throw new DataError(
      `${file}, column ${header[column]}: expected categories or standardization of a column of inputs, ` +
        'one of both; the values of the class are classNames (--class-names)',
    );
  }
  const encoders = header.flatMap((name, column) =>
    column === classColumn || unitColumns.includes(column) ? [] : [encoderOf(name, column)],
  );
  const width = encoders.reduce((sum, encoder) => sum + encoder.width, 0);
  if (width === 0) {
    throw new DataError(
      `${file}: expected a column of inputs beside ${header.join(', ')}, which are the class and the unit`,
    );
  }
  const classIndex = nameFinder(classNames ?? []);
  const values = new Float32Array(rows.length * width);
  const labels = rows.map((cells, row) => {
    let offset = row * width;
    for (const encoder of encoders) {
      encoder.write(cells, row, offset);
      offset += encoder.width;
    }
    const cell = cells[classColumn]!;
    return classNames ? classOf(classNames, cell, row) : requireClassIndex(cell, row);
  });
  const units = unitColumns.map((column) => rows.map((cells) => cells[column]!));
  return tableDataset({
    name: file,
    values,
    labels,
    inputShape: [width],
    classNames,
    privacyUnits:
      units.length > 0
        ? {
            ...unitsByValue(units, rows.length, `${file}, column ${privacyUnit.join(', ')}`),
            name: privacyUnit.join(','),
          }
        : undefined,
  });

  function byColumn<T>(options: Readonly<Record<string, T>>, option: string): Map<number, T> {
    return new Map(Object.entries(options).map(([name, value]) => [columnOf(name, option), value]));
  }

  function encoderOf(name: string, column: number) {
    const values = known.get(column);
    if (values) return categoryEncoder(values, name, column);
    const scale = scales.get(column);
    if (!scale && unnamedColumn.test(name)) {
      throw new DataError(
        `${file}: column ${column + 1} has no name (${JSON.stringify(name)}) and seems to count the rows; ` +
          'save the table without it, in pandas by to_csv(path, index=False); if it is no row number, give it a name',
      );
    }
    return numberEncoder(scale ?? { mean: 0, deviation: 1 }, name, column);
  }

  function categoryEncoder(known: readonly string[], name: string, column: number) {
    const find = nameFinder(known);
    return {
      width: known.length,
      write(cells: readonly string[], row: number, offset: number) {
        const index = find(cells[column]!);
        if (index === -1) {
          throw refuse(
            row,
            name,
            `expected one of ${known.join(', ')}; add other values of the column to categories (--categories)`,
          );
        }
        values[offset + index] = 1;
      },
    };
  }

  function numberEncoder(
    { mean, deviation }: { mean: number; deviation: number },
    name: string,
    column: number,
  ) {
    if (!Number.isFinite(mean) || !(deviation > 0 && Number.isFinite(deviation))) {
      throw new DataError(`${file}, column ${name}: expected a mean and a positive deviation`);
    }
    return {
      width: 1,
      write(cells: readonly string[], row: number, offset: number) {
        const value = decimalNumber(cells[column]!);
        if (!Number.isFinite(value)) {
          throw refuse(
            row,
            name,
            'expected a finite number, with a decimal point; for a column of other values name these: categories ' +
              '(--categories), or, if it says whose row it is, privacyUnit (--privacy-unit); write 0x10 as 16; fill ' +
              'what is missing, or leave the row out',
          );
        }
        values[offset] = (value - mean) / deviation;
        if (!Number.isFinite(values[offset])) {
          throw refuse(
            row,
            name,
            'expected a number within float32, below 3.4e38; divide the column',
          );
        }
      },
    };
  }

  /** The class of a name, or of a number such as 1.0 where the names are numbers. */
  function classOf(classNames: readonly string[], cell: string, row: number): number {
    const index = classIndex(cell);
    if (index !== -1) return index;
    const value = decimalNumber(cell);
    // Greater numbers are rounded, maybe to another class.
    const byNumber = Math.abs(value) <= Number.MAX_SAFE_INTEGER ? classIndex(String(value)) : -1;
    if (byNumber !== -1) return byNumber;
    const some = classNames.slice(0, 20).join(', ') + (classNames.length > 20 ? ', …' : '');
    throw refuse(
      row,
      targets,
      `expected one of ${some}; the values of the column in the order of their indices are ` +
        'classNames (--class-names)',
    );
  }

  function requireClassIndex(cell: string, row: number): number {
    const value = decimalNumber(cell);
    if (Number.isFinite(value)) return value;
    throw refuse(
      row,
      targets,
      'expected the index of a class, a whole number in decimal digits; name the values of other classes: ' +
        'classNames (--class-names no,yes)',
    );
  }

  /** Without the value, which is private. */
  function refuse(row: number, name: string, what: string): DataError {
    return new DataError(`${file}, row ${row}, column ${name}: ${what}`);
  }
}
