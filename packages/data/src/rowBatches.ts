import { elementCount } from './assembleBatch.ts';
import type { Dataset } from './dataset.ts';

/** Rows are read in batches of about so many values, so that memory does not grow with the data. */
const valuesInBatch = 2 ** 22;

/** The rows of a data set in order, cut into batches to read, of at most so many rows. */
export function* rowBatches(
  { count, inputShape, targetShape }: Dataset,
  mostRows = Infinity,
): Generator<number[]> {
  const fitting = Math.floor(
    valuesInBatch / (elementCount(inputShape) + elementCount(targetShape)),
  );
  const size = Math.max(1, Math.min(mostRows, fitting));
  for (let first = 0; first < count; first += size) {
    yield Array.from({ length: Math.min(size, count - first) }, (_, i) => first + i);
  }
}
