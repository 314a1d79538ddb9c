import { createHash } from 'node:crypto';
import { elementCount } from '../assembleBatch.ts';
import type { Dataset } from '../dataset.ts';

/** Rows are read in batches of about so many values, so that memory does not grow with the data. */
const valuesInBatch = 2 ** 22;

/**
 * SHA-256, in hexadecimal, of a data set that is *public*: of its shapes and class names, and of the
 * decoded input and target of each row in order (view 0). The same values have the same fingerprint,
 * whatever kind of file they were read from. Names, row numbers and privacy units do not matter.
 *
 * Never call this on private rows where the result is written down or shown: whoever has all rows but
 * one could then test guesses of the last one. Of the parts that `splitByHash` makes, only
 * `validation` is public.
 *
 * Rejects with what `read` rejects with.
 */
export async function publicFingerprint(dataset: Dataset): Promise<string> {
  const { count, inputShape, targetShape, classNames } = dataset;
  const hash = createHash('sha256');
  // JSON ends where its outermost bracket does, so that what follows cannot be taken for a part of it.
  hash.update(JSON.stringify({ count, inputShape, targetShape, classNames }));
  const [inputLength, targetLength] = [elementCount(inputShape), elementCount(targetShape)];
  const batchSize = Math.max(1, Math.floor(valuesInBatch / (inputLength + targetLength)));
  for (let first = 0; first < count; first += batchSize) {
    const rows = Array.from({ length: Math.min(batchSize, count - first) }, (_, i) => first + i);
    const { inputs, targets } = await dataset.read(rows);
    for (let i = 0; i < rows.length; i++) {
      hash.update(inputs.subarray(i * inputLength, (i + 1) * inputLength));
      hash.update(targets.subarray(i * targetLength, (i + 1) * targetLength));
    }
  }
  return hash.digest('hex');
}
