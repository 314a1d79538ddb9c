import { elementCount } from './assembleBatch.ts';
import type { Dataset } from './dataset.ts';
import { partsOf } from './exampleParts.ts';
import { requireSides, resizer } from './resizeImage.ts';

/**
 * A data set whose images [height, width, channels] are resized to `side` × `side` when they are
 * read (see `resizeImage`; values are not rounded). Keys, units and targets stay the same.
 *
 * @throws RangeError if the inputs are not images, or `side` is not a whole number from 1 to 4096
 */
export function resizedImages(dataset: Dataset, side: number): Dataset {
  requireSides(side);
  const [height, width, channels] = dataset.inputShape as [number, number, number];
  if (dataset.inputShape.length !== 3) {
    throw new RangeError(
      `${dataset.name}: expected images [height, width, channels] to resize, ` +
        `got [${dataset.inputShape.join(', ')}]`,
    );
  }
  const resize = resizer({ width, height, channels }, { width: side, height: side });
  const inputShape = [side, side, channels];
  const [from, to] = [elementCount(dataset.inputShape), elementCount(inputShape)];
  return {
    name: dataset.name,
    count: dataset.count,
    inputShape,
    targetShape: dataset.targetShape,
    ...partsOf(dataset),
    classNames: dataset.classNames,
    classesAreCounted: dataset.classesAreCounted ?? false,
    bytesAreScaled: dataset.bytesAreScaled ?? false,
    ...(dataset.greatestWeight !== undefined && { greatestWeight: dataset.greatestWeight }),
    ...(dataset.warnings && { warnings: dataset.warnings }),
    privacyUnits: dataset.privacyUnits,
    async read(rows, options) {
      const batch = await dataset.read(rows, options);
      const inputs = new Float32Array(batch.size * to);
      for (let i = 0; i < batch.size; i++) {
        inputs.set(resize(batch.inputs.subarray(i * from, (i + 1) * from)), i * to);
      }
      return { ...batch, inputs };
    },
  };
}

/** `resizedImages`, or the data set itself without a size. */
export function resizedTo(dataset: Dataset, side: number | undefined): Dataset {
  return side === undefined ? dataset : resizedImages(dataset, side);
}
