/**
 * The candidate that a mistyped word was meant for: the only one that it is the beginning of, else
 * the one with the fewest letters changed, if those are few. Null where nothing is near.
 */
export function suggestionFor(word: string, candidates: readonly string[]): string | null {
  const wanted = plain(word);
  if (wanted === '') return null;
  const beginning = candidates.filter((candidate) => plain(candidate).startsWith(wanted));
  if (beginning.length === 1) return beginning[0]!;
  let nearest: string | null = null;
  // A third of the letters may be wrong.
  let least = Math.floor(wanted.length / 3) + 1;
  for (const candidate of candidates) {
    const changes = lettersChanged(wanted, plain(candidate));
    if (changes < least) [nearest, least] = [candidate, changes];
  }
  return nearest;
}

/** ` Did you mean x?`, or nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const suggestion = suggestionFor(word, candidates);
  return suggestion === null ? '' : ` Did you mean ${suggestion}?`;
}

/** Without dashes and capitals, which people often leave out. */
function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[-_ ]/g, '');
}

/**
 * Letters to insert, leave out, replace or swap with their neighbour (optimal string alignment).
 */
function lettersChanged(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let least = Math.min(
        rows[i - 1]![j]! + 1,
        row[j - 1]! + 1,
        rows[i - 1]![j - 1]! + (isSame ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        least = Math.min(least, rows[i - 2]![j - 2]! + 1);
      }
      row.push(least);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
