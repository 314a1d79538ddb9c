import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readWeightsMetadata, type ModelMetadata } from '@dpquant/models/node';
import { dataRecordOf, type DataRecord } from './dataIdentity.ts';
import type { RunConfig } from './runRecords.ts';
import { UsageError } from './usageError.ts';

/** What a saved model tells of a run that its weights come from; all of it public. */
export interface RunTrace {
  /** Fingerprint of the run, which its ledger names too; absent in runs of earlier versions. */
  readonly run?: string;
  /** Events in the ledger when the model was saved. */
  readonly charged: number;
  readonly data: DataRecord;
}

const key = 'dpquant';

/** Metadata of a model whose weights come from these runs. */
export function provenanceOf(runs: readonly RunTrace[]): ModelMetadata {
  return { [key]: { runs } };
}

/**
 * The runs that weights come from, by the notes in their file: what was spent on them is in the ledgers
 * of these. Of a run folder of an earlier version, that of its `config.json`; none for weights that no
 * run of this program has saved.
 *
 * @param path a `.safetensors` file, a `model.json`, or a folder that holds one
 * @throws UsageError where the notes are damaged
 */
export async function provenance(path: string): Promise<readonly RunTrace[]> {
  const { [key]: noted } = await readWeightsMetadata(path);
  if (noted === undefined) return provenanceByFolder(path);
  const { runs } = parsed(noted);
  const isTrace = (trace: Partial<RunTrace> | null) =>
    typeof trace?.run === 'string' &&
    typeof trace.charged === 'number' &&
    typeof trace.data?.source === 'string';
  if (Array.isArray(runs) && runs.every(isTrace)) return runs as readonly RunTrace[];
  throw new UsageError(
    `init-weights: what ${path} says of the run that it comes from is damaged; restore a copy of it`,
  );
}

/** Safetensors files hold texts alone. */
function parsed(noted: unknown): { runs?: unknown } {
  if (typeof noted !== 'string') return (noted ?? {}) as { runs?: unknown };
  try {
    return JSON.parse(noted) as { runs?: unknown };
  } catch {
    return {};
  }
}

/** The ledger of a run where the weights lie in its folder, wherever they are named from; else null. */
export function ledgerBeside(path: string, { run }: Pick<RunTrace, 'run'>): string | null {
  const ledger = join(folderAround(path), 'ledger.json');
  try {
    const found = JSON.parse(readFileSync(ledger, 'utf8')) as { run?: string };
    return found.run === run ? ledger : null;
  } catch {
    return null; // Missing or damaged: no file to name.
  }
}

/** The folder that holds the folder of a model. */
function folderAround(path: string): string {
  const file = realpathSync(path);
  return dirname(statSync(file).isDirectory() ? file : dirname(file));
}

function provenanceByFolder(path: string): readonly RunTrace[] {
  const folder = folderAround(path);
  const config = join(folder, 'config.json');
  if (!existsSync(config) || !existsSync(join(folder, 'ledger.json'))) return [];
  try {
    const { options } = JSON.parse(readFileSync(config, 'utf8')) as RunConfig;
    return [{ charged: 0, data: dataRecordOf(options) }];
  } catch {
    return []; // Another program's config.json.
  }
}
