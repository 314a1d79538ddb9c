import { createHash } from 'node:crypto';
import type { Dataset } from '../dataset.ts';
import { eachExample } from './eachExample.ts';

/** Greatest number of marked rows, and the least: fewer could match by chance. */
const greatestCount = 64;
const leastCount = 8;

/**
 * Marks up to 64 rows of a *public* data set, so that other data sets can be checked for them.
 * Marks are the first 64 bits of SHA-256 of a row's decoded input; of the rows that occur once, the
 * smallest marks are used. Empty if fewer than eight rows occur once.
 *
 * As with `publicFingerprint`: never publish or store marks of private rows.
 */
export async function markPublicRows(dataset: Dataset): Promise<readonly string[]> {
  const times = new Map<string, number>();
  await eachExample(dataset, (input) => {
    const mark = markOf(input);
    times.set(mark, (times.get(mark) ?? 0) + 1);
  });
  const marks = [...times].filter(([, count]) => count === 1).map(([mark]) => mark);
  return marks.length < leastCount ? [] : marks.sort().slice(0, greatestCount);
}

/**
 * Whether a data set holds at least half of the marked rows, in any order, split or kind of file.
 * Rows that were read with other options (resized, standardized) are not recognized.
 */
export async function holdsMarkedRows(
  dataset: Dataset,
  marks: readonly string[],
): Promise<boolean> {
  if (marks.length === 0) return false;
  const missing = new Set(marks);
  await eachExample(dataset, (input) => missing.delete(markOf(input)));
  return missing.size <= marks.length / 2;
}

function markOf(input: NodeJS.ArrayBufferView): string {
  return createHash('sha256').update(input).digest('hex').slice(0, 16);
}
