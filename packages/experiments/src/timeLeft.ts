/** Where a comparison stands. */
export interface TimedCells {
  /** Those that have ended: the seconds from start to end. */
  readonly ended: readonly { readonly row: string; readonly seconds: number }[];
  /**
   * Those under way: the seconds since the start, and the part of the whole work that was done in
   * them.
   */
  readonly running: readonly {
    readonly row: string;
    readonly seconds: number;
    /** From 0 to 1. */
    readonly done: number;
    /** What is still to do, from 0 to 1. */
    readonly left: number;
  }[];
  /** Rows of those that have not been started. */
  readonly waiting: readonly string[];
  readonly workers: number;
}

/**
 * Seconds to the end: what each row takes is known from its runs that have ended, else from the
 * epochs of one under way; rows of which nothing is known take the mean of the others. Null before
 * anything is known.
 */
export function timeLeft({ ended, running, waiting, workers }: TimedCells): number | null {
  const samples = new Map<string, number[]>();
  const add = (row: string, seconds: number) => {
    samples.set(row, [...(samples.get(row) ?? []), seconds]);
  };
  for (const { row, seconds } of ended) add(row, seconds);
  for (const { row, seconds, done } of running) {
    if (done > 0 && !samples.has(row)) add(row, seconds / done);
  }
  if (samples.size === 0) return null;
  const means = new Map([...samples].map(([row, values]) => [row, mean(values)]));
  const ofRow = (row: string) => means.get(row) ?? mean([...means.values()]);
  const ofRunning = running.map(({ row, seconds, done, left }) =>
    // Since its last epoch it has done more.
    Math.max(0, done > 0 ? left * (seconds / done) : left * ofRow(row) - seconds),
  );
  const total = [...ofRunning, ...waiting.map(ofRow)].reduce((sum, each) => sum + each, 0);
  const longest = Math.max(0, ...ofRunning, ...waiting.map(ofRow));
  return Math.max(longest, total / Math.max(1, workers));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
