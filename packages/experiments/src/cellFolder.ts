import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PrivacyLedger } from '@dpquant/accounting';

/** What a finished run says of itself, as far as a comparison shows it. */
export interface CellSummary {
  readonly guarantee: string;
  /** Null where there is no bound. */
  readonly epsilon: number | null;
  readonly accuracy: number | null;
  /** Those of the task; missing of a run of an earlier version. */
  readonly metrics?: Readonly<Record<string, number | null>>;
  readonly quantizedFraction: number;
  readonly theoreticalSpeedup: number;
  readonly seconds: number;
  readonly examplesPerSecond: number;
  /** Steps that the weights have taken. */
  readonly steps: number;
}

/** How far the run in a folder has come, and what it has left there. */
export interface CellRecords {
  /** As `RunStore` of `@dpquant/training` tells it: by the files that were written last. */
  readonly stage: 'empty' | 'begun' | 'finished';
  /** Parsed `config.json`; undefined before it is written. */
  readonly config: unknown;
  /** Null before the end. */
  readonly summary: CellSummary | null;
  /** Null before the run began. */
  readonly ledger: PrivacyLedger | null;
  /** Epochs that have ended. */
  readonly epochs: number;
}

/**
 * What is in a folder of a run. Model and checkpoint may be missing: a finished run is known by its
 * small records.
 *
 * @throws Error that names the file that is damaged, or missing where another one says that it was
 *   there: what was spent is then not known
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

/** Epochs of a run that have ended: it may be going on meanwhile. */
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
