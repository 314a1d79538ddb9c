/**
 * What a page shows of one run: the records of its folder unchanged, and its spent privacy budget.
 * Fields that an older version did not write are missing, and are left out of the page. Everything
 * in it is public or was released with noise.
 */
export interface RunRecords {
  /** Name of the run's folder. */
  readonly name: string;
  /** `config.json`. */
  readonly config: RunConfigRecord;
  /** The lines of `metrics.jsonl`. */
  readonly metrics: readonly MetricsRecord[];
  /** The lines of `schedule.jsonl`. */
  readonly schedule: readonly ScheduleRecord[];
  /** `summary.json`; null before the end of the run. */
  readonly summary: RunSummaryRecord | null;
  /** The budget spent according to `ledger.json`; left out if that cannot be read. */
  readonly spending?: SpendingRecord | undefined;
  /** Measured speed-up over the same run in float32, if it was measured. */
  readonly measuredSpeedup?: number | undefined;
}

/** Settings and plan of a run. */
export interface RunConfigRecord {
  /** By the name of the option: `batchSize`. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  /** Names of the options that the user gave. */
  readonly given?: readonly string[] | undefined;
  readonly plan?: PlanRecord | undefined;
  readonly backend?: BackendRecord | undefined;
  /** By the name of the program. */
  readonly versions?: Readonly<Record<string, string>> | undefined;
}

export interface PlanRecord {
  /** Number of private examples, or of privacy units. */
  readonly unitCount?: number | undefined;
  /** Sampling rate: the probability with which each unit takes part in a step. */
  readonly sampleRate?: number | undefined;
  readonly steps?: number | undefined;
  readonly stepsPerEpoch?: number | undefined;
  readonly accountant?: string | undefined;
  readonly guarantee?: string | undefined;
}

export interface BackendRecord {
  readonly name?: string | undefined;
  readonly device?: string | undefined;
  /** How products of integer codes are computed. */
  readonly products?: string | undefined;
}

/** Recorded at the end of an epoch. */
export interface MetricsRecord {
  /** From 0. */
  readonly epoch: number;
  /** Steps taken so far. */
  readonly step?: number | undefined;
  /** Charged so far; null if unbounded. */
  readonly epsilon?: number | null | undefined;
  readonly delta?: number | undefined;
  readonly guarantee?: string | undefined;
  /** Whether sums were exact so far: `exact`, or `float`. */
  readonly arithmetic?: string | undefined;
  /** On the public validation part, a fraction of 1. */
  readonly validationAccuracy?: number | null | undefined;
  /**
   * The task's metrics on the public validation part; null for a metric that is not defined there.
   */
  readonly validationMetrics?: Readonly<Record<string, number | null>> | undefined;
}

/** Recorded at each decision of the schedule. */
export interface ScheduleRecord {
  /** From 0. */
  readonly epoch: number;
  /** The first step of the decision, from 0, if decisions are made within epochs. */
  readonly step?: number | undefined;
  /** Formats by layer. */
  readonly layers: Readonly<Record<string, string>>;
  /** Loss impacts by layer, as released with noise and as smoothed, if an analysis was made. */
  readonly impacts?:
    | {
        readonly released?: Readonly<Record<string, number>> | undefined;
        readonly smoothed?: Readonly<Record<string, number>> | undefined;
      }
    | undefined;
  /** Probability with which each layer was drawn for low precision, if the policy gives it. */
  readonly probabilities?: Readonly<Record<string, number>> | undefined;
}

/** Metrics of one class or label. */
export interface ClassRecord {
  readonly name: string;
  /** Number of examples of the class. */
  readonly count: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** Metrics of all classes or labels. */
export interface ClassReportRecord {
  readonly classes: readonly ClassRecord[];
  readonly confusionMatrix?: readonly (readonly number[])[] | undefined;
}

/** Results of a finished run. */
export interface RunSummaryRecord {
  readonly guarantee?: string | undefined;
  /** Whether sums were exact in the whole run: `exact`, or `float`. */
  readonly arithmetic?: string | undefined;
  /** Of the whole plan; null if unbounded. */
  readonly epsilon?: number | null | undefined;
  /** Of what was charged. */
  readonly epsilonSpent?: number | null | undefined;
  readonly delta?: number | undefined;
  readonly epsilonTarget?: number | null | undefined;
  /** On the public validation part, a fraction of 1; null without one. */
  readonly accuracy?: number | null | undefined;
  /**
   * The task's metrics on the public validation part; null for a metric that is not defined there.
   */
  readonly metrics?: Readonly<Record<string, number | null>> | undefined;
  /** The metric by which runs are compared. */
  readonly score?: { readonly metric: string; readonly better: 'greater' | 'less' } | undefined;
  /** Metrics per class or label, on the public validation part. */
  readonly classes?: readonly ClassRecord[] | undefined;
  /** Number of examples by true class (row) and predicted class (column). */
  readonly confusionMatrix?: readonly (readonly number[])[] | undefined;
  /** Both, by the name of the output, for models with several outputs. */
  readonly classReports?: Readonly<Record<string, ClassReportRecord>> | undefined;
  readonly quantizedFraction?: number | undefined;
  /** Null where the speed-up of a format is not known. */
  readonly theoreticalSpeedup?: number | null | undefined;
  readonly seconds?: number | undefined;
  readonly examplesPerSecond?: number | undefined;
  readonly steps?: number | undefined;
  readonly noiseMultiplier?: number | undefined;
  readonly analyses?: { readonly count?: number | undefined } | undefined;
  readonly stopped?: string | undefined;
}

/** What was charged, as ε at the run's δ; null if unbounded. */
export interface SpendingRecord {
  /** By the purpose of the events; `imported` is what was spent on the initial weights. */
  readonly parts: Readonly<Record<'training' | 'analyses' | 'imported', number | null>>;
  /** Of all events together, which is less than the sum of the parts. */
  readonly total: number | null;
  /** Number of steps charged. */
  readonly steps: number;
  /** The ledger's guarantee: `none` if the noise is reproducible. */
  readonly guarantee: string;
}
