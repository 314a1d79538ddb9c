import { realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { readWeightsMetadata, type ModelMetadata } from '@dpquant/models/node';
import { readIfJson } from '../terminal/readIfJson.ts';
import { runConfigIn } from './readRunRecords.ts';
import { runTraceSchema, type RunTrace } from './runRecords.ts';
import { UsageError } from '../flags/usageError.ts';

const key = 'dpquant';

/** Metadata for a model file: the runs that its weights come from. */
export function provenanceOf(runs: readonly RunTrace[]): ModelMetadata {
  return { [key]: { runs } };
}

/**
 * The runs that weights come from, read from the metadata of their file (for run folders of earlier
 * versions: from `config.json`); empty if no run of this program saved them. The ledgers of these
 * runs say what was spent.
 *
 * @param path a `.safetensors` file, a `model.json`, or a folder that holds one
 * @throws UsageError where the notes are damaged
 */
export async function provenance(path: string): Promise<readonly RunTrace[]> {
  const { [key]: noted } = await readWeightsMetadata(path);
  if (noted === undefined) return provenanceByFolder(path);
  const { runs } = parsed(noted);
  const traces = z.array(runTraceSchema).safeParse(runs);
  if (traces.success) return traces.data;
  throw new UsageError(
    `init-weights: what ${path} says of the run that it comes from is damaged; restore a copy of it`,
  );
}

/** Metadata of safetensors files are texts. */
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

/** The run folder that a model's folder may lie in. */
function folderAround(path: string): string {
  const file = realpathSync.native(path);
  return dirname(statSync(file).isDirectory() ? file : dirname(file));
}

function provenanceByFolder(path: string): readonly RunTrace[] {
  const ledger = ledgerBeside(path);
  const config = runConfigIn(folderAround(path));
  if (!ledger || !config) return [];
  const { run } = ledger;
  return [{ ...(run !== undefined && { run }), charged: 0, data: config.data }];
}
