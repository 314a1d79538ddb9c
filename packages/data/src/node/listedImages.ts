import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../formats/dataError.ts';
import { tableRows } from '../tables/tableRows.ts';
import { decodeText } from './decodeText.ts';
import { readFileWithin } from './readFileWithin.ts';

/** Images of a folder, each with its class. */
export interface ListedImages {
  /** Path of each image within the folder. */
  readonly names: readonly string[];
  readonly labels: readonly number[];
  /** Undefined if only the private labels tell how many there are. */
  readonly classNames: readonly string[] | undefined;
  /** What was ignored or is probably a mistake; see `Dataset.warnings`. */
  readonly warnings?: readonly string[];
  /** An example of an image in a nested folder of its class. */
  readonly deeper?: string | undefined;
}

/** Whether a file has the name of a supported image format. */
export const isImageName = (name: string): boolean =>
  /\.(png|jpe?g|jpe|jfif|webp|pgm|ppm|pnm)$/i.test(name);

/** Whether a file has the name of an unsupported image format. */
export const isOtherImageName = (name: string): boolean =>
  /\.(jp2|jxl|pbm|pam|gif|bmp|tiff?|avif|hei[cf])$/i.test(name);

const greatestList = 2 ** 26;

/**
 * Paths of the tables in a folder that list images and their classes, such as `GT-final_test.csv`
 * of the German Traffic Sign Recognition Benchmark.
 */
export async function imageLists(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names.filter((name) => /^GT-.*\.csv$/i.test(name)).map((name) => join(folder, name));
}

/**
 * The images listed by a table with the columns `Filename` and `ClassId`, in its order. If there
 * are several tables, the one with both columns is used: the benchmark also publishes a table
 * without classes. Other columns, such as the sign's rectangle, are ignored.
 *
 * @throws DataError unless exactly one table has both columns, lists each image of the folder once,
 *   without folders in names, and each class is a whole number
 */
export async function listedImages(
  folder: string,
  lists: readonly string[],
  classNames: readonly string[] | undefined,
): Promise<ListedImages> {
  const tables = await Promise.all(
    lists.map(async (file) => {
      const text = decodeText(await readFileWithin(file, greatestList), file);
      return { file, rows: tableRows(text, file) };
    }),
  );
  const found = tables.filter(({ rows }) => rows[0]?.includes('ClassId'));
  const [table] = found;
  if (!table || found.length > 1) {
    throw new DataError(
      `${folder}: expected one table with the columns Filename and ClassId, got ${found.length} of ` +
        `${lists.length} (${lists.join(', ')})`,
    );
  }
  const { file, rows } = table;
  const [nameColumn, classColumn] = ['Filename', 'ClassId'].map((name) => rows[0]!.indexOf(name));
  if (nameColumn === -1) throw new DataError(`${file}: expected a column Filename`);
  const isListed = (name: string) => isImageName(name) && !name.startsWith('.');
  const missing = new Set((await readdir(folder)).filter(isListed));
  const names: string[] = [];
  const labels = rows.slice(1).map((cells, row) => {
    const name = cells[nameColumn!]!;
    if (!missing.delete(name)) {
      throw new DataError(
        `${file}, row ${row}: expected the name of an image in ${folder}, once, got ${JSON.stringify(name)}`,
      );
    }
    const label = cells[classColumn!]!.trim();
    if (!/^\d{1,9}$/.test(label)) {
      throw new DataError(`${file}, row ${row}: expected a ClassId, a whole number as 0 or 00042`);
    }
    names.push(name);
    return Number(label);
  });
  const [unnamed] = missing;
  if (unnamed !== undefined || names.length === 0) {
    throw new DataError(
      `${file}: expected a row for each image of ${folder}, ` +
        `got ${names.length} and none for ${unnamed ?? 'any'}`,
    );
  }
  return { names, labels, classNames };
}
