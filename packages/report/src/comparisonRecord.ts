/** Mean, standard deviation (null for a single value) and number of measured values. */
export interface Spread {
  readonly mean: number;
  readonly standardDeviation: number | null;
  readonly n: number;
}

/** The metric by which rows are compared. */
export interface ComparedScore {
  /**
   * Name of a metric of the task, such as `accuracy`, `r2` or, with several outputs, `label.f1`.
   */
  readonly metric: string;
  readonly better: 'greater' | 'less';
}

/**
 * Paired difference to the baseline over the seeds that both rows have finished, in the unit of the
 * score: accuracies are fractions of 1.
 */
export interface PairedDifference {
  readonly mean: number;
  /** Student's t interval at `confidence`; null for fewer than two pairs. */
  readonly interval: readonly [low: number, high: number] | null;
  readonly n: number;
}

/** One run of a comparison. */
export interface ComparedRun {
  /** Name of its folder under `runs/`, made of its row and seed. */
  readonly cell: string;
  /** `ComparedRow.row`. */
  readonly row: string;
  readonly seed: number;
  /** Number of the random subset of layers, for rows with the policy `static`. */
  readonly subset?: number;
  readonly state: 'finished' | 'failed' | 'not finished';
  /** Error message of a failed run. */
  readonly problem?: string;
  /** Whether its ledger existed: if it is missing later, the spent budget is unknown. */
  readonly hasSpent?: boolean;
  /** ε of the plan; null if unbounded; left out before the end of the run. */
  readonly epsilon?: number | null;
  /** Score on the public validation part; null if there is none or it is not defined. */
  readonly score?: number | null;
  readonly quantizedFraction?: number;
  readonly theoreticalSpeedup?: number;
  readonly seconds?: number;
}

/** One combination of settings, over all its seeds. */
export interface ComparedRow {
  /** Unique, for file names: `loss-aware-0.75-luq-fp4`. */
  readonly row: string;
  /** Readable name: the settings that differ from other rows. */
  readonly label: string;
  /** The varied settings, by the long name of their flag without dashes. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly isBaseline: boolean;
  /** Of the finished runs; null before the first. */
  readonly score: Spread | null;
  /**
   * For rows with several random subsets of layers per seed: over all of these runs. `score` is
   * over the seeds, using the mean of each.
   */
  readonly scoreOverSubsets?: Spread | null;
  /** Null for the baseline itself, and without pairs. */
  readonly difference: PairedDifference | null;
  /**
   * Fraction of the layers in low precision, averaged over the epochs; null before the first run.
   */
  readonly quantizedFraction?: number | null;
  readonly theoreticalSpeedup: number | null;
  /** Examples per second relative to the baseline's row, from the timing pass; null before it. */
  readonly measuredSpeedup: number | null;
  readonly epsilon: number | null;
  readonly seconds: Spread | null;
}

/**
 * `comparison.json`: what was compared, and the results. Everything in it is public or private.
 * Version 1 had `accuracy` in place of `score`.
 */
export interface ComparisonRecord {
  readonly version: 2;
  /** The command that created it. */
  readonly command: string;
  /** Given settings that all rows share, by the long name of their flag without dashes. */
  readonly shared: Readonly<Record<string, string | number | boolean>>;
  readonly seeds: readonly number[];
  readonly splitSeed: number;
  /** Whether noise and sampling are reproducible, for tests. */
  readonly hasInsecureSeeds?: boolean;
  /** The score of the task, the same in all rows. */
  readonly score: ComparedScore;
  readonly confidence: number;
  /**
   * ε of all runs together, counting unfinished runs as far as charged: whoever sees the table has
   * seen them all. Null if unbounded (training without privacy).
   */
  readonly composedEpsilon: number | null;
  readonly delta: number;
  /**
   * `differential privacy`; `none` if a run has no noise or reproducible noise; `public data` if
   * the user declared the data public.
   */
  readonly guarantee: 'differential privacy' | 'none' | 'public data';
  readonly table: readonly ComparedRow[];
  readonly runs: readonly ComparedRun[];
  readonly versions: Readonly<Record<string, string>>;
  readonly machine: string;
}
