import { createHash } from 'node:crypto';
import type { Dataset } from '../dataset.ts';
import { eachExample } from './eachExample.ts';

/**
 * SHA-256, in hexadecimal, of a *public* data set: of the decoded input, target and weight (if any)
 * of each row in order (view 0). Equal values have equal fingerprints, from whatever kind of file.
 * Names, shapes, row numbers and privacy units do not matter.
 *
 * Never publish or store the fingerprint of private rows: whoever knows all rows but one could test
 * guesses of the last one. Of the parts made by `splitByHash`, only `validation` is public.
 *
 * @throws what `read` rejects with
 */
export async function publicFingerprint(dataset: Dataset): Promise<string> {
  const hash = createHash('sha256');
  let lengths: string | undefined;
  await eachExample(dataset, (input, target, weight) => {
    // Distinguishes rows of other lengths whose concatenated values are equal.
    lengths ??= JSON.stringify([
      ...[dataset.count, input.length, target.length],
      ...(weight ? [weight.length] : []),
    ]);
    hash.update(input).update(target);
    if (weight) hash.update(weight);
  });
  return hash.update(lengths ?? '').digest('hex');
}
