import { assembleBatch, elementCount } from './assembleBatch.ts';
import type { Batch, Dataset, ReadOptions } from './dataset.ts';
import { writeInputs } from './inputValues.ts';
import { oneUnitPerRow, unitOfEachRow, type PrivacyUnits } from './privacyUnits.ts';

export interface ImageDatasetOptions {
  readonly name: string;
  /** Images one after another, each in the order of `inputShape`; not copied. */
  readonly pixels: Uint8Array;
  /** Class index of each image; not copied. */
  readonly labels: ArrayLike<number>;
  /** Shape of one image: [height, width, channels]. */
  readonly inputShape: readonly number[];
  readonly classNames: readonly string[];
  /** One unit for each image by default. */
  readonly privacyUnits?: PrivacyUnits;
}

/**
 * Images of eight bits in memory, with a class each. A pixel is read as value/255, rounded to
 * float32; a target is the class index.
 */
export class ImageDataset implements Dataset {
  readonly name: string;
  readonly count: number;
  readonly inputShape: readonly number[];
  readonly targetShape: readonly number[] = [];
  readonly classNames: readonly string[];
  readonly bytesAreScaled = true;
  readonly privacyUnits: PrivacyUnits;
  readonly #pixels: Uint8Array;
  readonly #labels: ArrayLike<number>;

  /**
   * Throws RangeError if pixels, labels and shape disagree, for a label that is no index into
   * `classNames`, and for privacy units that do not hold each row exactly once.
   */
  constructor(options: ImageDatasetOptions) {
    const { name, pixels, labels, inputShape, classNames } = options;
    const expected = labels.length * elementCount(inputShape);
    if (pixels.length !== expected) {
      throw new RangeError(
        `${name}: expected ${expected} pixels (${labels.length} images of ${inputShape.join(' × ')}), got ${pixels.length}`,
      );
    }
    for (let row = 0; row < labels.length; row++) {
      const label = labels[row]!;
      if (!Number.isInteger(label) || label < 0 || label >= classNames.length) {
        throw new RangeError(
          `${name}, row ${row}: expected a class index below ${classNames.length}, got ${label}`,
        );
      }
    }
    if (options.privacyUnits) unitOfEachRow(options.privacyUnits, labels.length);
    this.name = name;
    this.count = labels.length;
    this.inputShape = inputShape;
    this.classNames = classNames;
    this.privacyUnits = options.privacyUnits ?? oneUnitPerRow(labels.length);
    this.#pixels = pixels;
    this.#labels = labels;
  }

  async read(rows: ArrayLike<number>, options: ReadOptions = {}): Promise<Batch> {
    const length = elementCount(this.inputShape);
    return assembleBatch(this, rows, options, (row, inputs, inputOffset, targets, targetOffset) => {
      writeInputs(this.#pixels, row * length, inputs, inputOffset, length);
      targets[targetOffset] = this.#labels[row]!;
    });
  }
}
