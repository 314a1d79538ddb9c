import { InvalidArgumentError } from 'commander';
import * as parse from './argumentParsers.ts';
import { optional, switchOn } from './flags.ts';

/** Flags of the commands that read data: what of a file is which, and what of it is public. */
export const dataFlags = {
  privacyUnit: optional(
    '<names>',
    'arrays or columns whose combination is what privacy protects, as y,track, or a pattern whose groups name it in the files of a folder (each example)',
    parse.text,
  ),
  classCount: optional(
    '<n>',
    'public number of classes, where --data does not name them (counted from the labels)',
    parse.count,
  ),
  classNames: optional('<names>', 'or: public names of the classes, as no,yes', parse.text),
  inputs: optional('<name>', 'NPZ: array of the inputs (x)', parse.text),
  targets: optional('<name>', 'NPZ, CSV: array or column of the classes (y, class)', parse.text),
  categories: optional(
    '<columns>',
    "CSV: public values of columns that are no numbers, as 'ward=A,B;sex=f,m'",
    parse.textFor(parseCategories),
  ),
  standardization: optional(
    '<columns>',
    "CSV: public mean and deviation of columns, as 'age=40,10;income=3e4,1e4'",
    parse.textFor(parseStandardization),
  ),
  encoding: optional(
    '<name>',
    'CSV: what the text is in, as windows-1252 (utf-8, or utf-16 with its mark)',
    parse.text,
  ),
  tokenIds: switchOn(
    'NPZ, NPY, IDX: unsigned bytes are token ids for an embedding, not pixels to divide by 255',
  ),
  imageSize: optional('<n>', 'resizes each image to n pixels a side', parse.count),
};

/** Values of each column of `ward=A,B;sex=f,m`. */
export function parseCategories(text: string): Record<string, readonly string[]> {
  const example = 'ward=A,B;sex=f,m';
  const columns = parseColumns(text, example);
  for (const [name, values] of Object.entries(columns)) {
    if (new Set(values).size !== values.length) {
      throw new InvalidArgumentError(`Expected different values of ${name}, as ${example}.`);
    }
  }
  return columns;
}

/** Mean and deviation of each column of `age=40,10;income=3e4,1e4`. */
export function parseStandardization(
  text: string,
): Record<string, { mean: number; deviation: number }> {
  const example = 'age=40,10;income=3e4,1e4';
  return Object.fromEntries(
    Object.entries(parseColumns(text, example)).map(([name, values]) => {
      const [mean, deviation] = values.map((value) => (value === '' ? NaN : Number(value)));
      if (
        values.length !== 2 ||
        !Number.isFinite(mean) ||
        !(deviation! > 0 && deviation! < Infinity)
      ) {
        throw new InvalidArgumentError(
          `Expected a mean and a positive deviation of ${name}, as ${example}.`,
        );
      }
      return [name, { mean: mean!, deviation: deviation! }];
    }),
  );
}

function parseColumns(text: string, example: string): Record<string, string[]> {
  const columns = text.split(';').map((part): [string, string[]] => {
    const at = part.indexOf('=');
    const values = part
      .slice(at + 1)
      .split(',')
      .map((value) => value.trim());
    if (at < 1) {
      throw new InvalidArgumentError(`Expected columns with their values, as ${example}.`);
    }
    return [part.slice(0, at).trim(), values];
  });
  if (new Set(columns.map(([name]) => name)).size !== columns.length) {
    throw new InvalidArgumentError(`Expected each column once, as ${example}.`);
  }
  return Object.fromEntries(columns);
}
