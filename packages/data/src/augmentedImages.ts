import { derivePhiloxKey, philox4x32, philoxKeyFromSeed } from '@dpquant/random';
import type { Batch, Dataset } from './dataset.ts';
import { partsOf } from './exampleParts.ts';

export interface ImageAugmentation {
  /** Greatest shift in pixels along each axis; pixels that move in are 0. Default 0. */
  readonly shift?: number;
  /** Whether half of the views are mirrored left to right. Default false. */
  readonly flip?: boolean;
  /**
   * Side in pixels of a square set to 0 (DeVries & Taylor 2017), cut off at the edges. Default 0.
   */
  readonly cutout?: number;
  /** Determines the random views; public. */
  readonly seed: number;
}

/**
 * A data set of random views of images [height, width, channels]. View 0 is the image itself; each
 * other view has its own shift, flip and cutout, which depend on seed, row and view only.
 *
 * @throws RangeError if the inputs are not images, or a shift or cutout leaves nothing of the image
 */
export function augmentedImages(dataset: Dataset, options: ImageAugmentation): Dataset {
  const { shift = 0, flip = false, cutout = 0, seed } = options;
  const [height, width, channels] = dataset.inputShape as [number, number, number];
  if (dataset.inputShape.length !== 3) {
    throw new RangeError(
      `${dataset.name}: expected images [height, width, channels] to augment, ` +
        `got [${dataset.inputShape.join(', ')}]`,
    );
  }
  for (const [name, value] of Object.entries({ shift, cutout })) {
    if (!(Number.isInteger(value) && value >= 0 && value < Math.min(height, width))) {
      throw new RangeError(
        `${name}: expected a whole number below ${Math.min(height, width)}, got ${value}`,
      );
    }
  }
  const key = derivePhiloxKey(philoxKeyFromSeed(seed), 'augmentation');
  const words = new Uint32Array(4);
  const size = height * width * channels;
  const original = new Float32Array(size);
  const rowLength = width * channels;
  const augment = (image: Float32Array, row: number, view: number) => {
    philox4x32(key, row, view, 0, 0, words, 0);
    const offset = (word: number) => Math.floor((word / 2 ** 32) * (2 * shift + 1)) - shift;
    const [down, right] = [offset(words[0]!), offset(words[1]!)];
    const isMirrored = flip && words[2]! >= 2 ** 31;
    original.set(image);
    image.fill(0);
    // The part of the image that stays inside, row by row.
    const [left, end] = [Math.max(0, right), Math.min(width, width + right)];
    for (let y = Math.max(0, down); y < Math.min(height, height + down); y++) {
      const to = y * rowLength + left * channels;
      const from = (y - down) * rowLength;
      if (isMirrored) {
        copyMirrored(image, to, from + (width - 1 - left + right) * channels, end - left);
      } else {
        const start = from + (left - right) * channels;
        image.set(original.subarray(start, start + (end - left) * channels), to);
      }
    }
    if (cutout > 0) blank(image, words[3]!);
  };
  /**
   * Copies `count` pixels mirrored: reads from `source` to the left, writes from `target` to the
   * right.
   */
  const copyMirrored = (image: Float32Array, target: number, source: number, count: number) => {
    for (let i = 0; i < count; i++, target += channels, source -= channels) {
      for (let channel = 0; channel < channels; channel++) {
        image[target + channel] = original[source + channel]!;
      }
    }
  };
  /**
   * Sets a square to 0 whose centre is any pixel: each coordinate is drawn from half of the word's
   * bits.
   */
  const blank = (image: Float32Array, word: number) => {
    const top = Math.floor(((word >>> 16) / 2 ** 16) * height) - (cutout >> 1);
    const left = Math.floor(((word & 0xffff) / 2 ** 16) * width) - (cutout >> 1);
    const [from, to] = [Math.max(0, left), Math.min(width, left + cutout)];
    for (let y = Math.max(0, top); y < Math.min(height, top + cutout); y++) {
      image.fill(0, (y * width + from) * channels, (y * width + to) * channels);
    }
  };
  return {
    name: dataset.name,
    count: dataset.count,
    inputShape: dataset.inputShape,
    targetShape: dataset.targetShape,
    ...partsOf(dataset),
    classNames: dataset.classNames,
    classesAreCounted: dataset.classesAreCounted ?? false,
    bytesAreScaled: dataset.bytesAreScaled ?? false,
    ...(dataset.greatestWeight !== undefined && { greatestWeight: dataset.greatestWeight }),
    privacyUnits: dataset.privacyUnits,
    async read(rows, readOptions): Promise<Batch> {
      const batch = await dataset.read(rows, readOptions);
      for (let i = 0; i < rows.length; i++) {
        const view = batch.keys.views[i]!;
        if (view === 0) continue;
        augment(batch.inputs.subarray(i * size, (i + 1) * size), batch.keys.rows[i]!, view);
      }
      return batch;
    },
  };
}
