import { createHash } from 'node:crypto';
import type { Dataset } from '../dataset.ts';
import { eachRow } from './eachRow.ts';

/** So many rows are marked, and fewer than the least are none: they could be anybody's. */
const most = 64;
const least = 8;

/**
 * Marks of up to 64 rows of a *public* data set, by which other data are found to hold them: the
 * first 64 bits of SHA-256 over the decoded input of a row, of those rows that occur once, the
 * smallest ones. None if fewer than eight rows occur once.
 *
 * As with `publicFingerprint`: never of private rows where the result is written down or shown.
 */
export async function markPublicRows(dataset: Dataset): Promise<readonly string[]> {
  const times = new Map<string, number>();
  await eachRow(dataset, (input) => {
    const mark = markOf(input);
    times.set(mark, (times.get(mark) ?? 0) + 1);
  });
  const marks = [...times].filter(([, count]) => count === 1).map(([mark]) => mark);
  return marks.length < least ? [] : marks.sort().slice(0, most);
}

/**
 * Whether a data set holds at least half of the marked rows, in whatever order, split and kind of
 * file, and among whatever others. Rows whose values were read otherwise (resized, standardized)
 * are not found.
 */
export async function holdsMarkedRows(
  dataset: Dataset,
  marks: readonly string[],
): Promise<boolean> {
  if (marks.length === 0) return false;
  const missing = new Set(marks);
  await eachRow(dataset, (input) => missing.delete(markOf(input)));
  return missing.size <= marks.length / 2;
}

function markOf(input: NodeJS.ArrayBufferView): string {
  return createHash('sha256').update(input).digest('hex').slice(0, 16);
}
