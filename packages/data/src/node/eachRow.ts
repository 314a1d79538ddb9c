import { elementCount } from '../assembleBatch.ts';
import type { Dataset } from '../dataset.ts';

/** Rows are read in batches of about so many values, so that memory does not grow with the data. */
const valuesInBatch = 2 ** 22;

type Values = Awaited<ReturnType<Dataset['read']>>['inputs'];

/** Reads all rows of a data set in order (view 0); rejects with what `read` rejects with. */
export async function eachRow(
  dataset: Dataset,
  visit: (input: Values, target: Values) => void,
): Promise<void> {
  const { count } = dataset;
  const inputLength = elementCount(dataset.inputShape);
  const targetLength = elementCount(dataset.targetShape);
  const batchSize = Math.max(1, Math.floor(valuesInBatch / (inputLength + targetLength)));
  for (let first = 0; first < count; first += batchSize) {
    const rows = Array.from({ length: Math.min(batchSize, count - first) }, (_, i) => first + i);
    const { inputs, targets } = await dataset.read(rows);
    for (let i = 0; i < rows.length; i++) {
      visit(
        inputs.subarray(i * inputLength, (i + 1) * inputLength),
        targets.subarray(i * targetLength, (i + 1) * targetLength),
      );
    }
  }
}
