import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../formats/dataError.ts';
import { tableRows } from '../tables/tableRows.ts';
import { decodeText } from './decodeText.ts';
import { readFileWithin } from './readFileWithin.ts';

/** Images of a folder, with the class of each. */
export interface ListedImages {
  /** Path of each, from the folder on. */
  readonly names: readonly string[];
  readonly labels: readonly number[];
  /** Undefined where only the private labels say how many there are. */
  readonly classNames: readonly string[] | undefined;
  /** What was passed over, or is hardly meant; see `Dataset.warnings`. */
  readonly warnings?: readonly string[];
  /** One of the images that lie deeper in the folder of their class than at its top. */
  readonly deeper?: string | undefined;
}

/** Files of other names are no images. */
export const isImageName = (name: string): boolean =>
  /\.(png|jpe?g|jpe|jfif|webp|pgm|ppm|pnm)$/i.test(name);

/** Images that the decoders do not know, whose names say so. */
export const isOtherImageName = (name: string): boolean =>
  /\.(jp2|jxl|pbm|pam|gif|bmp|tiff?|avif|hei[cf])$/i.test(name);

const greatestList = 2 ** 26;

/**
 * Paths of the tables in a folder that name images and their classes, as the German Traffic Sign
 * Recognition Benchmark has one beside its test images: `GT-final_test.csv`.
 */
export async function imageLists(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names.filter((name) => /^GT-.*\.csv$/i.test(name)).map((name) => join(folder, name));
}

/**
 * The images that a table with the columns `Filename` and `ClassId` names, in its order; of several
 * tables the one that has both (the benchmark publishes its test images first with a table without
 * classes). Other columns, as the sign's rectangle, are passed over.
 *
 * @throws DataError for no such table or two, images that it does not name or that are not there, a
 * class that is no whole number, and a name with a folder in it
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
