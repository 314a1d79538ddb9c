/** Progress of a comparison. */
export interface TimedCells {
  /** Cells that have ended, with their duration. */
  readonly ended: readonly { readonly row: string; readonly seconds: number }[];
  /**
   * Cells that are running, with the time since their start and the fraction of the work done
   * since.
   */
  readonly running: readonly {
    readonly row: string;
    readonly seconds: number;
    /** From 0 to 1. */
    readonly done: number;
    /** Remaining fraction, from 0 to 1. */
    readonly left: number;
  }[];
  /** Rows of the cells that have not started. */
  readonly waiting: readonly string[];
  readonly workers: number;
}

/**
 * Estimated seconds to the end. A row's duration is estimated from its finished runs, else from the
 * epochs of a running one, else as the mean of the other rows. Null if nothing is known.
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
    // Subtracts the time since its last epoch.
    Math.max(0, done > 0 ? left * (seconds / done) : left * ofRow(row) - seconds),
  );
  const total = [...ofRunning, ...waiting.map(ofRow)].reduce((sum, each) => sum + each, 0);
  const longest = Math.max(0, ...ofRunning, ...waiting.map(ofRow));
  return Math.max(longest, total / Math.max(1, workers));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
