import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PrivacyLedger } from '@dpquant/accounting';

/** The part of a finished run's summary that a comparison shows. */
export interface CellSummary {
  readonly guarantee: string;
  /** Null if unbounded. */
  readonly epsilon: number | null;
  readonly accuracy: number | null;
  /** The task's metrics; missing in runs of earlier versions. */
  readonly metrics?: Readonly<Record<string, number | null>>;
  readonly quantizedFraction: number;
  readonly theoreticalSpeedup: number;
  readonly seconds: number;
  readonly examplesPerSecond: number;
  /** Number of steps that updated the weights. */
  readonly steps: number;
}

/** The progress of the run in a folder, and its records. */
export interface CellRecords {
  /** As in `RunStore` of `@dpquant/training`: derived from the files that are written last. */
  readonly stage: 'empty' | 'begun' | 'finished';
  /** Parsed `config.json`; undefined before it is written. */
  readonly config: unknown;
  /** Null before the end of the run. */
  readonly summary: CellSummary | null;
  /** Null before the run began. */
  readonly ledger: PrivacyLedger | null;
  /** Number of completed epochs. */
  readonly epochs: number;
}

/**
 * Reads the records in a run's folder. Model and checkpoint may be missing: the small records show
 * whether a run has finished.
 *
 * @throws Error that names a file that is damaged, or that is missing although another file shows
 *   that it existed: what the run spent is then unknown
 */
export function readCell(folder: string): CellRecords {
  const summary = readJson(join(folder, 'summary.json')) as CellSummary | undefined;
  const config = readJson(join(folder, 'config.json'));
  const file = join(folder, 'ledger.json');
  const entries = readJson(file);
  if (entries === undefined && (summary !== undefined || config !== undefined)) {
    throw new Error(`${file}: is missing, so that what the run spent is not known; restore it`);
  }
  let ledger: PrivacyLedger | null = null;
  try {
    if (entries !== undefined) ledger = PrivacyLedger.fromJSON(entries);
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
  if (summary !== undefined) requireSummary(summary, join(folder, 'summary.json'));
  const begun = config === undefined ? 'empty' : 'begun';
  return {
    stage: summary === undefined ? begun : 'finished',
    config,
    summary: summary ?? null,
    ledger,
    epochs: countEpochs(folder),
  };
}

/** Number of completed epochs, also of a run that is still going on. */
export function countEpochs(folder: string): number {
  const file = join(folder, 'metrics.jsonl');
  if (!existsSync(file)) return 0;
  return readFileSync(file, 'utf8').split('\n').length - 1;
}

function readJson(file: string): unknown {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file}: is damaged (${(error as Error).message}); restore a copy of it`, {
      cause: error,
    });
  }
}

function requireSummary(summary: unknown, file: string): void {
  const fields = (summary ?? {}) as Record<string, unknown>;
  const numbers = [
    'quantizedFraction',
    'theoreticalSpeedup',
    'seconds',
    'examplesPerSecond',
    'steps',
  ];
  for (const name of numbers) {
    if (typeof fields[name] === 'number') continue;
    throw new Error(
      `${file}: ${name} is ${JSON.stringify(fields[name]) ?? 'missing'}, expected a number; restore a copy of the file`,
    );
  }
}
