import { parse } from 'csv-parse/sync';
import type { Dataset } from '../dataset.ts';
import { DataError } from '../formats/dataError.ts';
import { tableDataset } from '../tableDataset.ts';
import { unitsByValue } from '../unitsByValue.ts';

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

/**
 * A table with a header, separated by commas or semicolons. Columns are numeric unless `categories`
 * names them.
 *
 * @throws DataError naming the row and column of a value that is no finite number or no known
 * category, for a column that is missing or named twice, and rows of other lengths
 */
export function csvTable(text: string, file: string, options: CsvOptions = {}): Dataset {
  const { targets = 'class', classNames, privacyUnit = [] } = options;
  const { categories = {}, standardization = {} } = options;
  const [header, ...rows] = parseRows(text, file);
  if (!header || rows.length === 0) throw new DataError(`${file}: expected a header and rows`);
  if (new Set(header).size !== header.length) {
    throw new DataError(`${file}: expected each column once, got ${header.join(', ')}`);
  }
  const columnOf = (name: string) => {
    const column = header.indexOf(name);
    if (column !== -1) return column;
    throw new DataError(`${file}: expected a column ${name}, got ${header.join(', ')}`);
  };
  [...Object.keys(categories), ...Object.keys(standardization)].forEach(columnOf);
  const classColumn = columnOf(targets);
  const unitColumns = privacyUnit.map(columnOf);
  const encoders = header.flatMap((name, column) =>
    column === classColumn || unitColumns.includes(column) ? [] : [encoderOf(name, column)],
  );
  const width = encoders.reduce((sum, encoder) => sum + encoder.width, 0);
  const values = new Float32Array(rows.length * width);
  const labels = rows.map((cells, row) => {
    let offset = row * width;
    for (const encoder of encoders) {
      encoder.write(cells, row, offset);
      offset += encoder.width;
    }
    const cell = cells[classColumn]!;
    return classNames ? indexOf(classNames, cell, row, targets) : requireNumber(cell, row, targets);
  });
  const units = unitColumns.map((column) => rows.map((cells) => cells[column]!));
  return tableDataset({
    name: file,
    values,
    labels,
    inputShape: [width],
    classNames,
    privacyUnits: units.length > 0 ? unitsByValue(units, rows.length) : undefined,
  });

  function encoderOf(name: string, column: number) {
    const known = Object.hasOwn(categories, name) ? categories[name] : undefined;
    if (known) {
      return {
        width: known.length,
        write(cells: readonly string[], row: number, offset: number) {
          values[offset + indexOf(known, cells[column]!, row, name)] = 1;
        },
      };
    }
    const { mean, deviation } = (Object.hasOwn(standardization, name)
      ? standardization[name]
      : undefined) ?? { mean: 0, deviation: 1 };
    if (!Number.isFinite(mean) || !(deviation > 0 && Number.isFinite(deviation))) {
      throw new DataError(`${file}, column ${name}: expected a mean and a positive deviation`);
    }
    return {
      width: 1,
      write(cells: readonly string[], row: number, offset: number) {
        values[offset] = (requireNumber(cells[column]!, row, name) - mean) / deviation;
        if (!Number.isFinite(values[offset])) throw refuse(row, name, 'expected a float32');
      },
    };
  }

  function indexOf(known: readonly string[], cell: string, row: number, name: string): number {
    const index = known.indexOf(cell);
    if (index === -1) throw refuse(row, name, `expected one of ${known.join(', ')}`);
    return index;
  }

  function requireNumber(cell: string, row: number, name: string): number {
    const value = cell.trim() === '' ? NaN : Number(cell);
    if (Number.isFinite(value)) return value;
    throw refuse(row, name, 'expected a finite number (name the categories of other columns)');
  }

  /** Without the value, which is private. */
  function refuse(row: number, name: string, what: string): DataError {
    return new DataError(`${file}, row ${row}, column ${name}: ${what}`);
  }
}

/** Rows of cells of a table separated by commas or semicolons. */
export function parseRows(text: string, file: string): string[][] {
  const firstLine = text.slice(0, text.search(/[\r\n]|$/));
  try {
    return parse(text, {
      bom: true,
      delimiter: firstLine.includes(';') ? ';' : ',',
      skip_empty_lines: true,
    });
  } catch (cause) {
    throw new DataError(`${file}: ${(cause as Error).message}`, { cause });
  }
}
