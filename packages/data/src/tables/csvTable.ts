import type { Dataset } from '../dataset.ts';
import { eachNamedRow } from './tableColumns.ts';
import type { CsvOptions } from './tableOptions.ts';
import { tableReader } from './tableReader.ts';
import type { TargetKind } from './tableTargets.ts';

/**
 * A table with a class per row. Columns are numeric unless `categories` names them. Names of
 * columns, units, classes and categories are compared without white space around them.
 *
 * @param text the whole file
 * @param file its name, for messages
 * @throws DataError for a value that is missing, not a finite number or not a known category
 *   (naming the row, counted from 0 after the header, and the column); for a column that does not
 *   exist, occurs twice or has no name; and for rows of different lengths
 */
export function csvTable(text: string, file: string, options: CsvOptions = {}): Dataset {
  return readText(text, file, options, 'class');
}

/**
 * The same for a table whose targets are numbers and not classes: one column (default `target`) or
 * several, for regression or labels of 0 and 1. A target is unchanged, or (value − mean) /
 * deviation by its public `standardization`; nothing is computed from the rows. The data set's
 * class names are the names of the target columns.
 *
 * @throws DataError as `csvTable` does, for a missing target (unless `missing` gives a number for
 *   it), and for class names
 */
export function csvNumbers(text: string, file: string, options: CsvOptions = {}): Dataset {
  return readText(text, file, options, 'numbers');
}

function readText(text: string, file: string, options: CsvOptions, kind: TargetKind): Dataset {
  const reader = tableReader(file, options, kind);
  eachNamedRow(text, file, options, reader);
  return reader.dataset();
}
