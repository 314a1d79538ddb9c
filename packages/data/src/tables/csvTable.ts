import type { Dataset } from '../dataset.ts';
import { eachNamedRow } from './tableColumns.ts';
import type { CsvOptions } from './tableOptions.ts';
import { tableReader } from './tableReader.ts';
import type { TargetKind } from './tableTargets.ts';

/**
 * A table of rows with a class each. Columns are numeric unless `categories` names them. Names of
 * columns, units, classes and categories are compared without white space around them.
 *
 * @param text all of the file
 * @param file its name, for messages
 * @throws DataError naming the row, counted from 0 without the header, and column of a value that
 *   is no finite number, no known category or missing; for a column that is not there, named twice
 *   or without a name, and rows of other lengths
 */
export function csvTable(text: string, file: string, options: CsvOptions = {}): Dataset {
  return readText(text, file, options, 'class');
}

/**
 * The same of a table whose targets are numbers, and no classes: one column, by default `target`,
 * or several, which are values of a regression, or labels of 0 and 1. Each is as it is, or
 * (value − mean) / deviation by its public `standardization`: nothing is taken from the rows.
 * Classes of the data set are called as the columns of the targets.
 *
 * @throws DataError as `csvTable`, for a target that is missing, unless `missing` says what number
 *   stands for it, and for class names
 */
export function csvNumbers(text: string, file: string, options: CsvOptions = {}): Dataset {
  return readText(text, file, options, 'numbers');
}

function readText(text: string, file: string, options: CsvOptions, kind: TargetKind): Dataset {
  const reader = tableReader(file, options, kind);
  eachNamedRow(text, file, options, reader);
  return reader.dataset();
}
