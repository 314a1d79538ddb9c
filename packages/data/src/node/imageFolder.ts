import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { assembleBatch, elementCount, requireRow } from '../assembleBatch.ts';
import type { Batch, Dataset } from '../dataset.ts';
import { DataError } from '../formats/dataError.ts';
import type { Image } from '../formats/ppm.ts';
import { oneUnitPerRow } from '../privacyUnits.ts';
import { unitsByValue } from '../unitsByValue.ts';
import { decodeImage } from './decodeImage.ts';
import { readFileWithin } from './readFileWithin.ts';

const imageNames = /\.(png|jpe?g|ppm)$/i;
const greatestFile = 2 ** 28;
/** Files that are open at a time. */
const parallelReads = 16;

export interface ImageFolderOptions {
  /** Public; the folders' names by default. A folder of another name is refused. */
  readonly classNames?: readonly string[] | undefined;
  /**
   * Regular expression over `class/name.png`: what its groups match names the privacy unit, as in
   * `^(\d+)/(\d+)_` for the tracks of GTSRB. Each image by default.
   */
  readonly privacyUnit?: string | undefined;
}

/**
 * Images in a folder for each class, ordered by name. Only names are kept: a file is read and decoded
 * when its row is, so that memory does not grow with the pixels. All images must have the shape of
 * the first, and one of another is refused when it is read.
 *
 * @throws DataError for a folder without images or of an unknown class, and a name that the pattern
 * does not match
 */
export async function imageFolder(
  folder: string,
  { classNames: given, privacyUnit }: ImageFolderOptions = {},
): Promise<Dataset> {
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
    for (const entry of entries
      .filter(({ name }) => imageNames.test(name))
      .map(fileName)
      .sort()) {
      names.push(`${className}/${entry}`);
      labels.push(label);
    }
    function fileName(entry: { name: string; isFile(): boolean }) {
      if (!entry.isFile()) {
        throw new DataError(`${join(folder, className, entry.name)}: expected a file, no link`);
      }
      return entry.name;
    }
  }
  if (names.length === 0) {
    throw new DataError(`${folder}: expected folders of PNG, JPEG or PPM images, one a class`);
  }
  const load = async (row: number) => {
    const file = join(folder, names[row]!);
    return decodeImage(await readFileWithin(file, greatestFile), file);
  };
  const first = await load(0);
  const inputShape = shapeOf(first);
  const dataset: Dataset = {
    name: folder,
    count: names.length,
    inputShape,
    targetShape: [],
    classNames,
    privacyUnits: privacyUnit
      ? unitsByValue(matchNames(names, privacyUnit, folder), names.length)
      : oneUnitPerRow(names.length),
    async read(rows, options = {}): Promise<Batch> {
      const images = new Map<number, Image>();
      const wanted = [...new Set(Array.from(rows, (row) => requireRow(row, names.length)))];
      for (let i = 0; i < wanted.length; i += parallelReads) {
        await Promise.all(
          wanted.slice(i, i + parallelReads).map(async (row) => {
            const image = await load(row);
            if (shapeOf(image).join() !== inputShape.join()) {
              throw new DataError(
                `${join(folder, names[row]!)}: expected the shape [${inputShape.join(', ')}] of the ` +
                  `first image, got [${shapeOf(image).join(', ')}]`,
              );
            }
            images.set(row, image);
          }),
        );
      }
      const length = elementCount(inputShape);
      return assembleBatch(dataset, rows, options, (row, inputs, inputOffset, targets, target) => {
        const { pixels } = images.get(row)!;
        for (let i = 0; i < length; i++) inputs[inputOffset + i] = pixels[i]! / 255;
        targets[target] = labels[row]!;
      });
    },
  };
  return dataset;
}

const shapeOf = ({ height, width, channels }: Image) => [height, width, channels];

/** A column for each group of the pattern. */
function matchNames(names: readonly string[], pattern: string, folder: string): string[][] {
  const expression = compile(pattern);
  const matches = names.map((name) => {
    const groups = expression.exec(name)?.slice(1);
    if (!groups || groups.length === 0) {
      throw new DataError(
        `${join(folder, name)}: expected groups of the privacy unit's pattern ${pattern} to match`,
      );
    }
    return groups;
  });
  return matches[0]!.map((_, group) => matches.map((groups) => groups[group] ?? ''));
}

function compile(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (cause) {
    throw new DataError(`privacy unit: expected a regular expression, got ${pattern}`, { cause });
  }
}
