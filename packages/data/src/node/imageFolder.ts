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
import { imageLists, listedImages, type ListedImages } from './listedImages.ts';
import { readFileWithin } from './readFileWithin.ts';
import { splitFolders, type SplitImages } from './splitFolders.ts';

const greatestFile = 2 ** 28;
/** Number of files open at a time. */
const parallelReads = 16;

export interface ImageFolderOptions {
  /**
   * Public names of the classes; folders of other names are refused. Default: the folders' names.
   */
  readonly classNames?: readonly string[] | undefined;
  /**
   * Regular expression over paths such as `class/name.png` or `class/folder/name.png`, without
   * `train/`. Its groups name the privacy unit, such as `^(\d+)/(\d+)_` for the tracks of GTSRB.
   * Default: each image is a unit.
   */
  readonly privacyUnit?: string | undefined;
  /**
   * Side in pixels to which each image is resized. Default: all must have the shape of the first.
   */
  readonly imageSize?: number | undefined;
  /**
   * 1 converts each image to gray, 3 to red, green and blue (`decodeImage`). Default: as stored;
   * all must have the same number.
   */
  readonly imageChannels?: 1 | 3 | undefined;
  /** Whether to apply each image's EXIF orientation. Default true. */
  readonly exifRotation?: boolean | undefined;
}

/**
 * A data set of images in one folder per class, or in one folder with a table `GT-….csv` of their
 * classes, or of two such folders `train` and `test` (`splitFolders`). Only names are kept in
 * memory: a file is read and decoded when its row is read. Without `imageSize`, an image whose
 * shape differs from the first one's is refused when it is read.
 *
 * @throws DataError for a folder without images or of an unknown class, or a name that the pattern
 *   does not match
 */
export async function imageFolder(
  folder: string,
  options: ImageFolderOptions = {},
): Promise<Dataset> {
  const { classNames, privacyUnit, imageSize, imageChannels, exifRotation } = options;
  const listed = await imagesOf(folder, classNames);
  const { names, unitPaths = names } = listed;
  const load = async (row: number) => {
    const file = join(folder, names[row]!);
    const image = decodeImage(await readFileWithin(file, greatestFile), file, {
      exifRotation,
      channels: imageChannels,
    });
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
          : 'imageChannels (--image-channels) makes all gray, 1, or all coloured, 3';
      throw new DataError(
        `${join(folder, names[row]!)}: expected the shape [${shape.join(', ')}] of the first image, ` +
          `got [${shapeOf(image).join(', ')}]; ${remedy}`,
      );
    }
    pixels.set(image.pixels, place * length);
  };
  const { deeper, warnings = [] } = listed;
  return storeDataset({
    ...listed,
    warnings:
      deeper !== undefined && privacyUnit === undefined
        ? [...warnings, deeperWarning(deeper)]
        : warnings,
    name: folder,
    privacyUnits:
      privacyUnit === undefined
        ? undefined
        : {
            ...unitsByValue(matchNames(unitPaths, privacyUnit, folder), names.length, folder),
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

async function imagesOf(
  folder: string,
  classNames: readonly string[] | undefined,
): Promise<ListedImages & Partial<SplitImages>> {
  const lists = await imageLists(folder);
  if (lists.length > 0) return listedImages(folder, lists, classNames);
  return (await splitFolders(folder, classNames)) ?? classFolders(folder, classNames);
}

const deeperWarning = (example: string) =>
  `images are in nested folders of their classes, such as ${JSON.stringify(example)}; if such a folder belongs to one ` +
  "person, name it as the privacy unit by a pattern (--privacy-unit '/([^/]+)/')";

const shapeOf = ({ height, width, channels }: Image) => [height, width, channels];

/** One column per group of the pattern. */
function matchNames(names: readonly string[], pattern: string, folder: string): string[][] {
  // Some file systems decompose letters; for the pattern, é is one character.
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
