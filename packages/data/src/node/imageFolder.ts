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
/** Files that are open at a time. */
const parallelReads = 16;

export interface ImageFolderOptions {
  /** Public; the folders' names by default. A folder of another name is refused. */
  readonly classNames?: readonly string[] | undefined;
  /**
   * Regular expression over `class/name.png` or `class/folder/name.png`, without `train/`: what its
   * groups match names the privacy unit, as in `^(\d+)/(\d+)_` for the tracks of GTSRB. Each image
   * by default.
   */
  readonly privacyUnit?: string | undefined;
  /**
   * Resizes each image to so many pixels a side. By default all must have the first one's shape.
   */
  readonly imageSize?: number | undefined;
  /**
   * 1 makes each image gray, 3 red, green and blue, by itself (`decodeImage`). By default all are
   * as they are stored, which must be alike.
   */
  readonly imageChannels?: 1 | 3 | undefined;
  /** Whether each image is turned as its EXIF orientation says. Default true. */
  readonly exifRotation?: boolean | undefined;
}

/**
 * Images in a folder for each class, or in one folder with a table `GT-….csv` that names their
 * classes; or two of either in folders `train` and `test` (`splitFolders`). Only names are kept: a
 * file is read and decoded when its row is, so that memory does not grow with the pixels. Where
 * images are not resized, one of another shape than the first is refused when it is read.
 *
 * @throws DataError for a folder without images or of an unknown class, and a name that the pattern
 * does not match
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
  `images lie deeper in the folders of their classes, as ${JSON.stringify(example)}; if such a folder is of one ` +
  "person, name it as the privacy unit by a pattern (--privacy-unit '/([^/]+)/')";

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
