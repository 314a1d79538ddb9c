import type { Batch, Dataset } from './dataset.ts';
import { DataError } from './formats/dataError.ts';
import { rowBatches } from './rowBatches.ts';

export interface CheckOptions {
  /** Called after each batch with the number of rows that were read so far. */
  readonly onProgress?: ((read: number, count: number) => void) | undefined;
  /** Called with what was read, to look at values too. */
  readonly onBatch?: ((batch: Batch) => void) | undefined;
  /** Aborts the check, which rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Rows are read in batches of at most so many, so that progress is seen. */
const greatestBatch = 1024;
/** So many unreadable rows are named. */
const shownProblems = 10;

/**
 * Reads each row of a data set once, so that no example fails only when it is drawn: that would end
 * a private run at a step that tells when the example was drawn, after ε was spent on it.
 *
 * Call it before the first charge. It takes as long as to read and decode all
 * rows: images of a folder are decoded one by one. What changes later is not found: an error while
 * training still depends on the draws, see the list of sharp edges.
 *
 * Rejects with DataError that names the unreadable files or rows, the first ten of them. The
 * message tells of private rows: it is for their owner, not for a file.
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

/** What is wrong with which rows: of all of them at once if nothing is, else of each. */
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
