import { join } from 'node:path';
import { elementCount } from '../assembleBatch.ts';
import type { Dataset } from '../dataset.ts';
import { DataError } from '../formats/dataError.ts';
import type { Image } from '../formats/image.ts';
import { resizeImage } from '../resizeImage.ts';
import { storeDataset } from '../tableDataset.ts';
import { unitsByValue } from '../unitsByValue.ts';
import { classFolders } from './classFolders.ts';
import { decodeImage } from './decodeImage.ts';
import { imageLists, listedImages } from './listedImages.ts';
import { readFileWithin } from './readFileWithin.ts';

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
  /** Resizes each image to so many pixels a side. By default all must have the first one's shape. */
  readonly imageSize?: number | undefined;
}

/**
 * Images in a folder for each class, or in one folder with a table `GT-….csv` that names their
 * classes. Only names are kept: a file is read and decoded when its row is, so that memory does not
 * grow with the pixels. Where images are not resized, one of another shape than the first is refused
 * when it is read.
 *
 * @throws DataError for a folder without images or of an unknown class, and a name that the pattern
 * does not match
 */
export async function imageFolder(
  folder: string,
  { classNames, privacyUnit, imageSize }: ImageFolderOptions = {},
): Promise<Dataset> {
  const lists = await imageLists(folder);
  const listed =
    lists.length > 0
      ? await listedImages(folder, lists, classNames)
      : await classFolders(folder, classNames);
  const { names } = listed;
  const load = async (row: number) => {
    const file = join(folder, names[row]!);
    const image = decodeImage(await readFileWithin(file, greatestFile), file);
    return imageSize === undefined ? image : resizeImage(image, imageSize, imageSize);
  };
  const shape = shapeOf(await load(0));
  const length = elementCount(shape);
  const loadInto = async (pixels: Uint8Array, place: number, row: number) => {
    const image = await load(row);
    if (shapeOf(image).join() !== shape.join()) {
      const remedy =
        image.channels === shape[2]
          ? 'imageSize (--image-size) makes the sizes equal'
          : "make all gray or all coloured, in Pillow by Image.open(f).convert('L') or convert('RGB')";
      throw new DataError(
        `${join(folder, names[row]!)}: expected the shape [${shape.join(', ')}] of the first image, ` +
          `got [${shapeOf(image).join(', ')}]; ${remedy}`,
      );
    }
    pixels.set(image.pixels, place * length);
  };
  return storeDataset({
    ...listed,
    name: folder,
    privacyUnits:
      privacyUnit === undefined
        ? undefined
        : {
            ...unitsByValue(matchNames(names, privacyUnit, folder), names.length, folder),
            name: privacyUnit,
          },
    rows: {
      count: names.length,
      shape,
      holdsBytes: true,
      async read(rows) {
        const pixels = new Uint8Array(rows.length * length);
        for (let i = 0; i < rows.length; i += parallelReads) {
          const some = rows.slice(i, i + parallelReads);
          await Promise.all(some.map((row, place) => loadInto(pixels, i + place, row)));
        }
        return pixels;
      },
    },
  });
}

const shapeOf = ({ height, width, channels }: Image) => [height, width, channels];

/** A column for each group of the pattern. */
function matchNames(names: readonly string[], pattern: string, folder: string): string[][] {
  // Some systems decompose the letters of names; to a pattern, é is one character.
  const expression = compile(pattern.normalize('NFC'));
  const matches = names.map((name) => {
    const groups = expression.exec(name.normalize('NFC'))?.slice(1);
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
