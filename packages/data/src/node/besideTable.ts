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

/** An answer to whether a value is what its key wants. */
type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string' && value !== '';
const isList: Check = (value) =>
  Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string');
const isColumn: Check = (value) => isText(value) && !(value as string).includes(',');
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const recordOf =
  (check: Check): Check =>
  (value) =>
    isRecord(value) && Object.values(value).every(check);
const isScale: Check = (value) =>
  isRecord(value) &&
  Object.keys(value).sort().join() === 'deviation,mean' &&
  Object.values(value).every(Number.isFinite);

/** Each key, what it holds in words, and whether a value is that. */
const keys: ReadonlyMap<string, readonly [what: string, check: Check]> = new Map([
  ['targets', ['the name of a column', isText]],
  ['classNames', ['a list of texts, as ["no", "yes"]', isList]],
  [
    'privacyUnit',
    [
      'the name of a column, or a list of names without commas',
      (value) => isText(value) || (isList(value) && (value as unknown[]).every(isColumn)),
    ],
  ],
  ['categories', ['a list of texts for each column, as {"ward": ["A", "B"]}', recordOf(isList)]],
  [
    'standardization',
    ['numbers for each column, as {"age": {"mean": 40, "deviation": 10}}', recordOf(isScale)],
  ],
  ['encoding', ['the name of an encoding, as "windows-1252"', isText]],
]);

/**
 * What is public about a table, from the file of its name and `.json` beside it; nothing if there
 * is no such file.
 *
 * @throws DataError for other than JSON, a key that is not known, and a value of another type
 */
export async function besideTable(path: string): Promise<BesideTable> {
  const file = `${path}.json`;
  // What is there and cannot be read, as a link that leads nowhere, is not passed over.
  if (!lstatSync(file, { throwIfNoEntry: false })) return {};
  const values = parseJson(decodeText(await readFileWithin(file, 2 ** 24), file), file);
  if (!isRecord(values)) throw new DataError(`${file}: expected an object, as {"targets": "ill"}`);
  for (const [key, value] of Object.entries(values)) {
    const [what, check] = keys.get(key) ?? [];
    if (!what) {
      throw new DataError(
        `${file}: ${JSON.stringify(key)} is not known; expected ${[...keys.keys()].join(', ')}`,
      );
    }
    if (!check!(value)) throw new DataError(`${file}, ${key}: expected ${what}`);
  }
  const { privacyUnit, ...rest } = values as BesideTable & { privacyUnit?: unknown };
  if (privacyUnit === undefined) return rest;
  return { ...rest, privacyUnit: [privacyUnit].flat().flatMap((names) => columnNames(names)) };
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
