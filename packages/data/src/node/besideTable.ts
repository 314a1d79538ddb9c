import { lstatSync } from 'node:fs';
import { DataError } from '../formats/dataError.ts';
import type { CsvOptions } from './csvTable.ts';
import { decodeText } from './decodeText.ts';
import { readFileWithin } from './readFileWithin.ts';

/** What stands in a file beside a table. */
export interface BesideTable extends CsvOptions {
  /** Encoding of the table. */
  readonly encoding?: string;
}

type Check<T> = (value: unknown) => value is T;

/** What a field holds. */
interface Field<T> {
  /** In words. */
  readonly expected: string;
  readonly accepts: Check<T>;
  /** Of a field with something for each column: the name of the first column that has not. */
  readonly wrongColumn?: (value: unknown) => string | undefined;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isList = (value: unknown): value is string[] =>
  Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string');
const isColumn = (value: unknown): value is string => isText(value) && !value.includes(',');
const isColumns = (value: unknown): value is string | string[] =>
  isText(value) || (isList(value) && value.every(isColumn));
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isScale = (value: unknown): value is { mean: number; deviation: number } =>
  isRecord(value) &&
  Object.keys(value).sort().join() === 'deviation,mean' &&
  Object.values(value).every(Number.isFinite);

const field = <T>(expected: string, accepts: Check<T>): Field<T> => ({ expected, accepts });

function columnsField<T>(expected: string, accepts: Check<T>): Field<Record<string, T>> {
  const wrongColumn = (value: unknown) =>
    isRecord(value) ? Object.keys(value).find((name) => !accepts(value[name])) : undefined;
  return {
    expected,
    accepts: (value): value is Record<string, T> =>
      isRecord(value) && wrongColumn(value) === undefined,
    wrongColumn,
  };
}

/** The fields of the file; each may be left out. */
const fields = {
  targets: field('the name of a column', isText),
  classNames: field('a list of texts, as ["no", "yes"]', isList),
  privacyUnit: field('the name of a column, or a list of names without commas', isColumns),
  categories: columnsField('a list of texts for each column, as {"ward": ["A", "B"]}', isList),
  standardization: columnsField(
    'numbers for each column, as {"age": {"mean": 40, "deviation": 10}}',
    isScale,
  ),
  encoding: field('the name of an encoding, as "windows-1252"', isText),
};

type Fields = {
  [Name in keyof typeof fields]?: (typeof fields)[Name] extends Field<infer T> ? T : never;
};

/**
 * What is public about a table, from the file of its name and `.json` beside it; nothing if there
 * is no such file.
 *
 * @throws DataError for other than JSON, a field that is not known, and a value of another type
 */
export async function besideTable(path: string): Promise<BesideTable> {
  const file = `${path}.json`;
  // What is there and cannot be read, as a link that leads nowhere, is not passed over.
  if (!lstatSync(file, { throwIfNoEntry: false })) return {};
  const text = decodeText(await readFileWithin(file, 2 ** 24), file);
  const { privacyUnit, ...rest } = parseFields(parseJson(text, file), file);
  if (privacyUnit === undefined) return rest;
  return { ...rest, privacyUnit: [privacyUnit].flat().flatMap(columnNames) };
}

function parseFields(values: unknown, file: string): Fields {
  if (!isRecord(values)) throw new DataError(`${file}: expected an object, as {"targets": "ill"}`);
  const known = Object.keys(fields);
  for (const [name, value] of Object.entries(values)) {
    if (!known.includes(name)) {
      throw new DataError(
        `${file}: ${JSON.stringify(name)} is not known; expected ${known.join(', ')}`,
      );
    }
    const { expected, accepts, wrongColumn }: Field<unknown> = fields[name as keyof Fields];
    if (accepts(value)) continue;
    const column = wrongColumn?.(value);
    throw new DataError(
      `${file}, ${name}: expected ${expected}` +
        (column === undefined ? '' : `; ${JSON.stringify(column)} has something else`),
    );
  }
  return values;
}

/** Names of columns or arrays that are separated by commas. */
export const columnNames = (text: string): string[] => text.split(',').map((name) => name.trim());

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DataError(`${file}: expected JSON: ${(cause as Error).message}`, { cause });
  }
}
