import type { Batch, Dataset } from './dataset.ts';
import { DataError } from './formats/dataError.ts';
import { rowBatches } from './rowBatches.ts';

export interface CheckOptions {
  /** Called after each batch with the number of rows read so far. */
  readonly onProgress?: ((read: number, count: number) => void) | undefined;
  /** Called with each batch, to check its values as well. */
  readonly onBatch?: ((batch: Batch) => void) | undefined;
  /** Aborts the check, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Greatest number of rows in a batch: small enough to show progress. */
const greatestBatch = 1024;
/** Greatest number of unreadable rows named in the error. */
const shownProblems = 10;

/**
 * Reads each row of a data set once, so that no row fails only when it is sampled. Such a failure
 * would end a private run at a step that reveals when the example was sampled, after ε was spent.
 *
 * Call it before the first charge. It takes as long as reading and decoding all rows once. It does
 * not find what changes later: an error during training still depends on the sampled rows; see the
 * list of sharp edges.
 *
 * @throws DataError that names the first ten unreadable files or rows; the message tells about
 *   private rows: show it to their owner, do not write it to a file
 */
export async function checkReadable(dataset: Dataset, options: CheckOptions = {}): Promise<void> {
  const { count } = dataset;
  const { onProgress, onBatch, signal } = options;
  const shown: string[] = [];
  let unreadable = 0;
  let read = 0;
  for (const rows of rowBatches(dataset, greatestBatch)) {
    signal?.throwIfAborted();
    const problems = await problemsOf(dataset, rows, onBatch);
    unreadable += problems.length;
    shown.push(...problems.slice(0, shownProblems - shown.length));
    onProgress?.((read += rows.length), count);
  }
  if (unreadable === 0) return;
  const rest = unreadable > shown.length ? [`and ${unreadable - shown.length} more`] : [];
  throw new DataError(
    `${dataset.name}: ${unreadable} of ${count} examples cannot be read; mend or remove them: ` +
      [...shown, ...rest].join('; '),
  );
}

/** The problems of these rows: empty if all can be read together, else found row by row. */
async function problemsOf(
  dataset: Dataset,
  rows: readonly number[],
  onBatch: CheckOptions['onBatch'],
): Promise<string[]> {
  const problemOf = async (wanted: readonly number[]) => {
    let batch: Batch;
    try {
      batch = await dataset.read(wanted);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    onBatch?.(batch);
    return null;
  };
  if ((await problemOf(rows)) === null) return [];
  const problems: string[] = [];
  for (const row of rows) {
    const problem = await problemOf([row]);
    if (problem !== null) problems.push(problem);
  }
  return problems;
}
