import { DataError } from '../formats/dataError.ts';
import { delimiters, type CsvOptions, type Delimiter } from './tableOptions.ts';

/** Public facts about a table, as in the JSON file beside it. */
export interface Sidecar extends CsvOptions {
  /** Text encoding of the table, such as windows-1252. */
  readonly encoding?: string;
}

type Check<T> = (value: unknown) => value is T;

/** A field of the file. */
interface Field<T> {
  /** Description of valid values. */
  readonly expected: string;
  readonly accepts: Check<T>;
  /** Fields with an entry per column: returns the first column whose entry is invalid. */
  readonly wrongColumn?: (value: unknown) => string | undefined;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
const isList = (value: unknown): value is string[] => isTexts(value) && value.length > 0;
const isColumn = (value: unknown): value is string => isText(value) && !value.includes(',');
const isColumns = (value: unknown): value is string | string[] =>
  isText(value) || (isList(value) && value.every(isColumn));
const isTargets = (value: unknown): value is string | string[] =>
  isText(value) || (isList(value) && value.every((name) => name !== ''));
const isPositive = (value: unknown): value is number => Number.isFinite(value) && Number(value) > 0;
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isScale = (value: unknown): value is { mean: number; deviation: number } =>
  isRecord(value) &&
  Object.keys(value).sort().join() === 'deviation,mean' &&
  Object.values(value).every(Number.isFinite);
const isTruth = (value: unknown): value is boolean => typeof value === 'boolean';
const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;
const isRule = (value: unknown): value is string | number =>
  isText(value) || Number.isFinite(value);
const isRuleOfAll = (value: unknown): value is 'refuse' | 'indicator' =>
  value === 'refuse' || value === 'indicator';
const isDelimiter = (value: unknown): value is Delimiter =>
  Object.values(delimiters).some((sign) => sign === value);
const isQuote = (value: unknown): value is string => typeof value === 'string' && value.length <= 1;
const isTextOfText = (value: unknown): value is Record<string, string> =>
  isRecord(value) && Object.values(value).every((text) => typeof text === 'string');

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

const rules = columnsField(
  '"refuse", "indicator", or a rule or a value for each column, as {"age": "indicator", "ward": "A", "size": 0}',
  isRule,
);

/** The fields of the file, all optional. */
const fields = {
  targets: field('the name of a column, or a list of names', isTargets),
  classNames: field('a list of texts, as ["no", "yes"]', isList),
  privacyUnit: field('the name of a column, or a list of names without commas', isColumns),
  weights: field('the name of a column', isText),
  greatestWeight: field('a positive number', isPositive),
  drop: field('a list of columns, as ["name", "ticket"]', isTexts),
  categories: columnsField('a list of texts for each column, as {"ward": ["A", "B"]}', isList),
  standardization: columnsField(
    'numbers for each column, as {"age": {"mean": 40, "deviation": 10}}',
    isScale,
  ),
  missing: {
    ...rules,
    accepts: (value: unknown): value is 'refuse' | 'indicator' | Record<string, string | number> =>
      isRuleOfAll(value) ||
      (rules.accepts(value) && (value['*'] === undefined || isRuleOfAll(value['*']))),
  },
  missingValues: field('a list of texts, as ["", "?"]', isTexts),
  replace: columnsField(
    'texts that stand for others for each column, as {"income": {">50K.": ">50K"}}',
    isTextOfText,
  ),
  header: field('true or false', isTruth),
  columns: field('a list of names for all columns of a table without a header', isList),
  delimiter: field('one of ",", ";", "\\t", "|" and " ", which is any run of blanks', isDelimiter),
  decimalComma: field('true or false', isTruth),
  quote: field('one character, or "" for none', isQuote),
  skipLines: field('a number of lines', isCount),
  encoding: field('the name of an encoding, as "windows-1252"', isText),
  fromValues: field('a list of columns', isTexts),
};

type Fields = {
  [Name in keyof typeof fields]?: (typeof fields)[Name] extends Field<infer T> ? T : never;
};

/**
 * Parses the JSON of a sidecar file.
 *
 * @param file its name, for messages
 * @throws DataError for invalid JSON, an unknown field, or a value of another type
 */
export function parseSidecar(text: string, file: string): Sidecar {
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

/** Splits names of columns or arrays at commas. */
export const columnNames = (text: string): string[] => text.split(',').map((name) => name.trim());

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new DataError(`${file}: expected JSON: ${(cause as Error).message}`, { cause });
  }
}
