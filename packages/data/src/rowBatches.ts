import { elementCount } from './assembleBatch.ts';
import type { Dataset } from './dataset.ts';

/** About how many values a batch has, so that memory does not grow with the data. */
const valuesInBatch = 2 ** 22;

/** The rows of a data set in order, in batches of at most `mostRows` rows. */
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
