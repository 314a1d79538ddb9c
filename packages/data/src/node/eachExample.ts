import { elementCount } from '../assembleBatch.ts';
import type { Dataset } from '../dataset.ts';
import { rowBatches } from '../rowBatches.ts';

type Values = Awaited<ReturnType<Dataset['read']>>['inputs'];

/**
 * Reads all rows of a data set in order (view 0).
 *
 * @throws what `read` rejects with
 */
export async function eachExample(
  dataset: Dataset,
  visit: (input: Values, target: Values, weight: Values | undefined) => void,
): Promise<void> {
  const inputLength = elementCount(dataset.inputShape);
  const targetLength = elementCount(dataset.targetShape);
  for (const rows of rowBatches(dataset)) {
    const { inputs, targets, weights } = await dataset.read(rows);
    for (let i = 0; i < rows.length; i++) {
      visit(
        inputs.subarray(i * inputLength, (i + 1) * inputLength),
        targets.subarray(i * targetLength, (i + 1) * targetLength),
        weights?.subarray(i, i + 1),
      );
    }
  }
}
