import { basename } from 'node:path';
import { DataError } from '../formats/dataError.ts';
import type { DataKind } from './dataKind.ts';
import { cifarKind } from './kinds/cifarKind.ts';
import { idxKind } from './kinds/idxKind.ts';
import { imageFolderKind } from './kinds/imageFolderKind.ts';
import { npyKind } from './kinds/npyKind.ts';
import { npzKind } from './kinds/npzKind.ts';
import { tableKind } from './kinds/tableKind.ts';
import { flagOf, optionsOfAll, type LoadOptions } from './loadOptions.ts';
import { statOf } from './readFileWithin.ts';

const kinds: DataKind[] = [npzKind, tableKind, npyKind, idxKind, cifarKind, imageFolderKind];

/** The kinds of data that `loadDataset` supports; the first that recognizes a path reads it. */
export const dataKinds: readonly DataKind[] = kinds;

/**
 * Adds a kind of data to `loadDataset` and `loadNumbers`, after the existing ones.
 *
 * @throws RangeError for a name that is taken
 */
export function registerDataKind(kind: DataKind): void {
  if (kinds.some(({ name }) => name === kind.name)) {
    throw new RangeError(`data kind: ${kind.name} is there already; choose another name`);
  }
  kinds.push(kind);
}

/**
 * The kind of data at a path, recognized by its name.
 *
 * @throws DataError if no kind recognizes it
 */
export async function recognizeKind(path: string): Promise<DataKind> {
  const isFolder = (await statOf(path)).isDirectory();
  const name = basename(path).toLowerCase();
  const kind = kinds.find(({ recognizes }) => recognizes(name, isFolder));
  if (kind) return kind;
  throw new DataError(
    `${path}: expected ${kinds.map(({ expected }) => expected).join(', ')}; save arrays of other files by ` +
      'numpy.savez(path, x=x, y=y), tables by to_csv(path, index=False)',
  );
}

/**
 * Refuses options that a kind does not use.
 *
 * @throws DataError that names the option and its flag
 */
export function requireUsed(options: LoadOptions, kind: DataKind, path: string): void {
  for (const option of Object.keys(options) as (keyof LoadOptions)[]) {
    const isUsed = optionsOfAll.includes(option) || kind.options.includes(option);
    if (options[option] === undefined || isUsed) continue;
    const others = kinds.filter(({ options: used }) => used.includes(option));
    const remedy =
      option === 'privacyUnit'
        ? 'save its arrays and that of the unit together, by numpy.savez'
        : `leave it out (${flagOf(option)})`;
    throw new DataError(
      `${path}: ${option} is for ${others.map(({ name }) => name).join(', ')}; this is ${kind.name}: ${remedy}`,
    );
  }
}
