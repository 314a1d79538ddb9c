import { createHash } from 'node:crypto';
import type { Dataset } from '../dataset.ts';
import { eachRow } from './eachRow.ts';

/**
 * SHA-256, in hexadecimal, of a data set that is *public*: of the decoded input and target of each
 * row in order (view 0), and of its weight where it has one. The same values have the same
 * fingerprint, whatever kind of file they were read from. Names, shapes, row numbers and privacy
 * units do not matter.
 *
 * Never call this on private rows where the result is written down or shown: whoever has all rows
 * but one could then test guesses of the last one. Of the parts that `splitByHash` makes, only
 * `validation` is public.
 *
 * Rejects with what `read` rejects with.
 */
export async function publicFingerprint(dataset: Dataset): Promise<string> {
  const hash = createHash('sha256');
  let lengths: string | undefined;
  await eachRow(dataset, (input, target, weight) => {
    // Rows of other lengths are not taken for these, though their values follow one another alike.
    lengths ??= JSON.stringify([
      ...[dataset.count, input.length, target.length],
      ...(weight ? [weight.length] : []),
    ]);
    hash.update(input).update(target);
    if (weight) hash.update(weight);
  });
  return hash.update(lengths ?? '').digest('hex');
}
