import { realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readWeightsMetadata, type ModelMetadata } from '@dpquant/models/node';
import { dataRecordOf, type DataRecord } from './dataIdentity.ts';
import { readIfJson } from './readIfJson.ts';
import type { RunConfig } from './runRecords.ts';
import { UsageError } from './usageError.ts';

/** What a saved model tells of a run that its weights come from; all of it public. */
export interface RunTrace {
  /** Fingerprint of the run, which its ledger names too; absent in runs of earlier versions. */
  readonly run?: string;
  /** Events in the ledger when the model was saved. */
  readonly charged: number;
  readonly data: DataRecord;
  /** Fingerprints of earlier runs whose ledgers are a part of its own. */
  readonly includes?: readonly string[];
}

const key = 'dpquant';

/** Metadata of a model whose weights come from these runs. */
export function provenanceOf(runs: readonly RunTrace[]): ModelMetadata {
  return { [key]: { runs } };
}

/**
 * The runs that weights come from, by the notes in their file: what was spent on them is in the
 * ledgers of these. Of a run folder of an earlier version, that of its `config.json`; none for
 * weights that no run of this program has saved.
 *
 * @param path a `.safetensors` file, a `model.json`, or a folder that holds one
 * @throws UsageError where the notes are damaged
 */
export async function provenance(path: string): Promise<readonly RunTrace[]> {
  const { [key]: noted } = await readWeightsMetadata(path);
  if (noted === undefined) return provenanceByFolder(path);
  const { runs } = parsed(noted);
  const isTrace = (trace: Partial<RunTrace> | null) =>
    ['string', 'undefined'].includes(typeof trace?.run) &&
    typeof trace?.charged === 'number' &&
    typeof trace.data?.source === 'string';
  if (Array.isArray(runs) && runs.every(isTrace)) return runs as readonly RunTrace[];
  throw new UsageError(
    `init-weights: what ${path} says of the run that it comes from is damaged; restore a copy of it`,
  );
}

/** Safetensors files hold texts alone. */
function parsed(noted: unknown): { runs?: unknown } {
  if (typeof noted !== 'string') return noted ?? {};
  try {
    return JSON.parse(noted) as { runs?: unknown };
  } catch {
    return {};
  }
}

/** The ledger beside weights that lie in a run folder, wherever they are named from; else null. */
export function ledgerBeside(path: string): { file: string; run?: string } | null {
  const file = join(folderAround(path), 'ledger.json');
  const ledger = readIfJson(file) as { run?: string } | null;
  return ledger && { file, ...(typeof ledger.run === 'string' && { run: ledger.run }) };
}

/** The folder that holds the folder of a model. */
function folderAround(path: string): string {
  const file = realpathSync.native(path);
  return dirname(statSync(file).isDirectory() ? file : dirname(file));
}

function provenanceByFolder(path: string): readonly RunTrace[] {
  const ledger = ledgerBeside(path);
  const config = readIfJson(join(folderAround(path), 'config.json')) as Partial<RunConfig> | null;
  // Another program's config.json has no such options.
  if (!ledger || typeof config?.options?.data !== 'string') return [];
  const { run } = ledger;
  return [
    {
      ...(run !== undefined && { run }),
      charged: 0,
      data: config.data ?? dataRecordOf(config.options),
    },
  ];
}
