import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../formats/dataError.ts';
import { isImageName, type ListedImages } from './listedImages.ts';

/**
 * The images in a folder for each class, ordered by name; other files are passed over. The classes
 * are the folders' names unless they are given.
 *
 * @throws DataError for a folder of an unknown class, and for no images at all
 */
export async function classFolders(
  folder: string,
  given: readonly string[] | undefined,
): Promise<ListedImages> {
  const folders = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort();
  const classNames = given ?? folders;
  const names: string[] = [];
  const labels: number[] = [];
  for (const className of folders) {
    const label = classNames.indexOf(className);
    if (label === -1) {
      throw new DataError(
        `${join(folder, className)}: expected a folder named as one of the ${classNames.length} classes`,
      );
    }
    const entries = await readdir(join(folder, className), { withFileTypes: true });
    const images = entries.filter(({ name }) => isImageName(name));
    for (const entry of images.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (!entry.isFile()) {
        throw new DataError(`${join(folder, className, entry.name)}: expected a file, no link`);
      }
      names.push(`${className}/${entry.name}`);
      labels.push(label);
    }
  }
  if (names.length === 0) {
    throw new DataError(
      `${folder}: expected folders of PNG, JPEG or PPM images, one a class, or images with a GT-….csv`,
    );
  }
  return { names, labels, classNames };
}
