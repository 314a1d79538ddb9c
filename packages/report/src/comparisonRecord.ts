/** Mean, spread and number of what was measured; `standardDeviation` is null for one value. */
export interface Spread {
  readonly mean: number;
  readonly standardDeviation: number | null;
  readonly n: number;
}

/** By what rows are compared. */
export interface ComparedScore {
  /** Name of a metric of the task, as `accuracy`, `r2` or, of several outputs, `label.f1`. */
  readonly metric: string;
  readonly better: 'greater' | 'less';
}

/**
 * Paired difference to the baseline, over the seeds that both rows have finished, in the unit of
 * the score: accuracies are fractions of 1.
 */
export interface PairedDifference {
  readonly mean: number;
  /** Student's t interval at `confidence`; null for fewer than two pairs. */
  readonly interval: readonly [low: number, high: number] | null;
  readonly n: number;
}

/** One run of a comparison. */
export interface ComparedRun {
  /** Name of its folder under `runs/`, made of its row and its seed. */
  readonly cell: string;
  /** `ComparedRow.row`. */
  readonly row: string;
  readonly seed: number;
  /** Number of the random subset of layers, of rows whose policy is `static`. */
  readonly subset?: number;
  readonly state: 'finished' | 'failed' | 'not finished';
  /** What it said when it failed. */
  readonly problem?: string;
  /** Whether its ledger was there: where it is gone later, what was spent is no longer known. */
  readonly hasSpent?: boolean;
  /** ε of the plan; null where there is no bound, absent before the end. */
  readonly epsilon?: number | null;
  /** On the public validation part; null without one, and where it is not defined. */
  readonly score?: number | null;
  readonly quantizedFraction?: number;
  readonly theoreticalSpeedup?: number;
  readonly seconds?: number;
}

/** One combination of settings, over all its seeds. */
export interface ComparedRow {
  /** Unique, for file names: `loss-aware-0.75-luq-fp4`. */
  readonly row: string;
  /** For people: what tells it from the other rows. */
  readonly label: string;
  /** The varied settings, by the long name of their flag without dashes. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly isBaseline: boolean;
  /** Of the finished runs; null before the first. */
  readonly score: Spread | null;
  /**
   * Of rows that are run with several random subsets of layers for each seed: over all of these
   * runs. `score` is over seeds, of the means of each.
   */
  readonly scoreOverSubsets?: Spread | null;
  /** Null for the baseline itself and without pairs. */
  readonly difference: PairedDifference | null;
  /** Share of the layers in low precision, over the epochs; null before the first run. */
  readonly quantizedFraction?: number | null;
  readonly theoreticalSpeedup: number | null;
  /** Images a second over those of the baseline's row, from the timing pass; null before it. */
  readonly measuredSpeedup: number | null;
  readonly epsilon: number | null;
  readonly seconds: Spread | null;
}

/**
 * `comparison.json`: what was compared, and what came out. Everything in it is public or private.
 * Version 1 had `accuracy` in the place of `score`.
 */
export interface ComparisonRecord {
  readonly version: 2;
  /** The command that makes it. */
  readonly command: string;
  /**
   * Settings that all rows share, by the long name of their flag without dashes; only those given.
   */
  readonly shared: Readonly<Record<string, string | number | boolean>>;
  readonly seeds: readonly number[];
  readonly splitSeed: number;
  /** Whether noise and samples are reproducible, for tests. */
  readonly hasInsecureSeeds?: boolean;
  /** That of the task, which is the same in all rows. */
  readonly score: ComparedScore;
  readonly confidence: number;
  /**
   * ε of all runs together, those not finished as far as charged, since whoever sees the table has
   * seen all of them; null where there is no bound (no privacy).
   */
  readonly composedEpsilon: number | null;
  readonly delta: number;
  /**
   * `differential privacy`; `none` where the noise of a run is missing or can be reproduced;
   * `public data` where whoever compares has said that nobody is to be protected.
   */
  readonly guarantee: 'differential privacy' | 'none' | 'public data';
  readonly table: readonly ComparedRow[];
  readonly runs: readonly ComparedRun[];
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: string;
}
