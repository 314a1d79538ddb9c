import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../formats/dataError.ts';
import { isImageName, isOtherImageName, type ListedImages } from './listedImages.ts';
import { statOf } from './readFileWithin.ts';

/** What macOS and editors leave in folders and archives. */
const isHidden = ({ name }: Dirent) => name.startsWith('.') || name === '__MACOSX';

/**
 * The images in a folder for each class, ordered by name. The classes are the folders' names unless
 * they are given. What is passed over and might be meant is counted in `warnings`: hidden files,
 * images of other kinds, beside the folders of the classes or in folders within these.
 *
 * @throws DataError for a folder of an unknown class, a link, and for no images at all
 */
export async function classFolders(
  folder: string,
  given: readonly string[] | undefined,
): Promise<ListedImages> {
  const passedOver = new PassedOver();
  const folders: string[] = [];
  for (const entry of await entriesOf(folder)) {
    if (isHidden(entry)) passedOver.count('hidden files or folders', entry.name);
    else if (entry.isDirectory()) folders.push(entry.name);
    else if (await leadsToFolder(entry, folder)) throw refuseLink(folder, entry.name);
    else if (isImageName(entry.name) || isOtherImageName(entry.name)) {
      passedOver.count('images beside the folders of the classes', entry.name);
    }
  }
  const classNames = given ?? folders;
  const normalized = classNames.map((name) => name.normalize('NFC'));
  const names: string[] = [];
  const labels: number[] = [];
  for (const className of folders) {
    const label = normalized.indexOf(className.normalize('NFC'));
    if (label === -1) {
      throw new DataError(
        `${join(folder, className)}: expected a folder named as one of the ${classNames.length} classes; ` +
          'name it too (--class-names), or move it elsewhere',
      );
    }
    for (const name of await imagesOf(join(folder, className), className, passedOver)) {
      names.push(`${className}/${name}`);
      labels.push(label);
    }
  }
  if (names.length === 0) {
    throw new DataError(
      `${folder}: expected folders of PNG, JPEG or PPM images, one a class, or images with a GT-….csv` +
        `${passedOver.sentence('; passed over: ')}. Name the folder that holds those of the classes`,
    );
  }
  const warning = passedOver.sentence(`passed over in ${folder}: `);
  return { names, labels, classNames, warnings: warning === '' ? [] : [warning] };
}

/** Names of the images of a class, in order. */
async function imagesOf(
  path: string,
  className: string,
  passedOver: PassedOver,
): Promise<string[]> {
  const images: string[] = [];
  for (const entry of await entriesOf(path)) {
    const { name } = entry;
    const place = `${className}/${name}`;
    if (isHidden(entry)) passedOver.count('hidden files or folders', place);
    else if (entry.isDirectory()) passedOver.count('folders within folders', place);
    else if (isOtherImageName(name)) passedOver.count('images of other kinds', place);
    else if (isImageName(name)) {
      if (!entry.isFile()) throw refuseLink(path, name);
      images.push(name);
    }
  }
  return images;
}

/** What is in a folder, ordered by name, whatever order the file system has. */
async function entriesOf(path: string): Promise<Dirent[]> {
  const entries = await readdir(path, { withFileTypes: true });
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const leadsToFolder = async (entry: Dirent, folder: string) =>
  entry.isSymbolicLink() && (await statOf(join(folder, entry.name))).isDirectory();

const refuseLink = (folder: string, name: string) =>
  new DataError(
    `${join(folder, name)}: expected a file or folder, no link; put what it leads to in its place, by cp -rL`,
  );

/** Counts what is passed over, by what it is, with an example of each. */
class PassedOver {
  readonly #kinds = new Map<string, { count: number; example: string }>();

  count(kind: string, example: string): void {
    const before = this.#kinds.get(kind) ?? { count: 0, example };
    this.#kinds.set(kind, { ...before, count: before.count + 1 });
  }

  /** All kinds after a beginning; empty if there are none. */
  sentence(beginning: string): string {
    const parts = [...this.#kinds].map(
      ([kind, { count, example }]) => `${kind}: ${count}, as ${JSON.stringify(example)}`,
    );
    return parts.length === 0 ? '' : beginning + parts.join('; ');
  }
}
