/**
 * What a page tells of one run: the records of its folder, as they are there, and what its ledger
 * comes to. A field that an older version did not write is missing, and is left out of the page.
 * Everything in it is public or was released with noise.
 */
export interface RunRecords {
  /** Of the run, for people: the name of its folder. */
  readonly name: string;
  /** `config.json`. */
  readonly config: RunConfigRecord;
  /** The lines of `metrics.jsonl`. */
  readonly metrics: readonly MetricsRecord[];
  /** The lines of `schedule.jsonl`. */
  readonly schedule: readonly ScheduleRecord[];
  /** `summary.json`; null before the end. */
  readonly summary: RunSummaryRecord | null;
  /** What `ledger.json` comes to; missing where it cannot be read. */
  readonly spending?: SpendingRecord | undefined;
  /** How many times as fast as the same run in float32, where that was measured. */
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
  /** Probability with which each takes part in a step. */
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

/** At the end of an epoch. */
export interface MetricsRecord {
  /** From 0. */
  readonly epoch: number;
  /** Steps taken. */
  readonly step?: number | undefined;
  /** Charged by then; null where there is no bound. */
  readonly epsilon?: number | null | undefined;
  readonly delta?: number | undefined;
  readonly guarantee?: string | undefined;
  /** Whether sums were exact until then: `exact`, or `float`. */
  readonly arithmetic?: string | undefined;
  /** On the public part, a fraction of 1. */
  readonly validationAccuracy?: number | null | undefined;
  /** The task's metrics on the public part; null for one that is not defined there. */
  readonly validationMetrics?: Readonly<Record<string, number | null>> | undefined;
}

/** At the beginning of an epoch, or of a part of it. */
export interface ScheduleRecord {
  /** From 0. */
  readonly epoch: number;
  /** The first step that it holds for, from 0, where the layers change within an epoch. */
  readonly step?: number | undefined;
  /** Formats by layer. */
  readonly layers: Readonly<Record<string, string>>;
  /** Loss impacts by layer, as released with noise and as smoothed, where an analysis was made. */
  readonly impacts?:
    | {
        readonly released?: Readonly<Record<string, number>> | undefined;
        readonly smoothed?: Readonly<Record<string, number>> | undefined;
      }
    | undefined;
  /** With which each layer was drawn for low precision, where the policy tells. */
  readonly probabilities?: Readonly<Record<string, number>> | undefined;
}

/** How well a class, or a label, is told. */
export interface ClassRecord {
  readonly name: string;
  /** Examples that are of it. */
  readonly count: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** Classes, or labels, one by one. */
export interface ClassReportRecord {
  readonly classes: readonly ClassRecord[];
  readonly confusionMatrix?: readonly (readonly number[])[] | undefined;
}

/** How a run ended. */
export interface RunSummaryRecord {
  readonly guarantee?: string | undefined;
  /** Whether sums were exact in all of it: `exact`, or `float`. */
  readonly arithmetic?: string | undefined;
  /** Of the whole plan; null where there is no bound. */
  readonly epsilon?: number | null | undefined;
  /** Of what was charged. */
  readonly epsilonSpent?: number | null | undefined;
  readonly delta?: number | undefined;
  readonly epsilonTarget?: number | null | undefined;
  /** On the public part, a fraction of 1; null without one. */
  readonly accuracy?: number | null | undefined;
  /** The task's metrics on the public part; null for one that is not defined there. */
  readonly metrics?: Readonly<Record<string, number | null>> | undefined;
  /** Which of them says which run is better. */
  readonly score?: { readonly metric: string; readonly better: 'greater' | 'less' } | undefined;
  /** Classes or labels one by one, on the public part. */
  readonly classes?: readonly ClassRecord[] | undefined;
  /** Examples by their class (row) and by what the model took them for (column). */
  readonly confusionMatrix?: readonly (readonly number[])[] | undefined;
  /** Of several outputs: both by the name of the output. */
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

/** What was charged, as ε at the run's δ; null where there is no bound. */
export interface SpendingRecord {
  /** By what the events were for. What was spent on the initial weights is `imported` alone. */
  readonly parts: Readonly<Record<'training' | 'analyses' | 'imported', number | null>>;
  /** Of all events together, which is less than the sum of the parts. */
  readonly total: number | null;
  /** Steps that are charged. */
  readonly steps: number;
  /** What the ledger says of itself: `none` where the noise can be reproduced. */
  readonly guarantee: string;
}
