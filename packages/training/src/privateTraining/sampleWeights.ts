import { weightedDataset, type Dataset } from '@dpquant/data';

/** The weights as given; without type checking they may be anything. */
interface GivenWeights {
  readonly sampleWeights?: ArrayLike<number>;
  readonly greatestWeight?: number;
}

/**
 * The data set with the given sample weights.
 *
 * @param what beginning of messages
 * @throws TypeError, RangeError or DataError, with the remedy, unless there is one valid weight for
 *   each example
 */
export function withSampleWeights(
  dataset: Dataset,
  { sampleWeights, greatestWeight }: GivenWeights,
  what: string,
): Dataset {
  if (sampleWeights !== undefined) {
    if (!Array.isArray(sampleWeights) && !ArrayBuffer.isView(sampleWeights)) {
      throw new TypeError(
        `${what}.sampleWeights: expected a list or typed array of one number for each example; of a tensor give ` +
          'await weights.data(), and leave them out where all weigh the same',
      );
    }
    const where = `${what}.sampleWeights`;
    return weightedDataset(dataset, sampleWeights, { greatestWeight, where });
  }
  if (greatestWeight === undefined) return dataset;
  throw new RangeError(
    `${what}.greatestWeight: is for ${what}.sampleWeights, which are missing; leave it out`,
  );
}
