import { empiricalEpsilon, type CanaryGuesses } from './empiricalEpsilon.ts';

export interface GuessingOptions extends Pick<CanaryGuesses, 'delta' | 'significance'> {
  /** Numbers of guesses to try, fixed before any score is known. */
  readonly guesses: readonly number[];
}

/** The best of several lower bounds on ε. */
export interface EmpiricalEpsilon extends CanaryGuesses {
  /** The lower bound. */
  readonly epsilon: number;
}

/**
 * The largest of the lower bounds on ε from several numbers of guesses. The canaries with the
 * highest scores are guessed to be in the data; equal scores are taken in order.
 *
 * Guarantee: that of `empiricalEpsilon`, for the largest bound. Each of k numbers is tested at 1/k
 * of the significance (Bonferroni); the answer holds at the significance of the options.
 *
 * @param scores one per canary; a higher score means that it is more likely in the data. Scores
 *   must depend only on the release, not on `included`
 * @param included whether each canary was in
 * @returns `significance` as given, `guesses` and `correct` of the best; of equal ones the first
 * @throws RangeError for lists that do not fit together, NaN, or numbers out of range
 */
export function bestEmpiricalEpsilon(
  scores: ArrayLike<number>,
  included: readonly boolean[],
  { delta, significance, guesses: tries }: GuessingOptions,
): EmpiricalEpsilon {
  const canaries = scores.length;
  if (included.length !== canaries) {
    throw new RangeError(
      `included: expected one for each of the ${canaries} scores, got ${included.length}`,
    );
  }
  if (tries.length === 0) {
    throw new RangeError('guesses: expected at least one number of guesses, got an empty list');
  }
  const order = Uint32Array.from({ length: canaries }, (_, canary) => {
    if (!Number.isNaN(scores[canary])) return canary;
    throw new RangeError(
      `scores: expected a number for canary ${canary}, got NaN; score what was released`,
    );
  }).sort((a, b) => compare(scores[b]!, scores[a]!) || a - b);
  const found = tries.map((guesses) => {
    let correct = 0;
    for (let i = 0; i < Math.min(guesses, canaries); i++) if (included[order[i]!]) correct++;
    const outcome = { canaries, guesses, correct, delta, significance };
    const share = { ...outcome, significance: significance / tries.length };
    return { ...outcome, epsilon: empiricalEpsilon(share) };
  });
  return found.reduce((best, other) => (other.epsilon > best.epsilon ? other : best));
}

/** Sorts like `a − b`, but also handles infinities. */
function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
