import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { upgradedRecord } from '@dpquant/experiments';
import type { ComparisonRecord, RunRecords } from '@dpquant/report';
import { RunStoreError } from '@dpquant/training';
import { ComparisonInFolder } from '../compare/comparisonInFolder.ts';
import { recordedComparison } from '../compare/plannedComparison.ts';
import { readIfJson } from '../terminal/readIfJson.ts';
import { parseRecord } from '../run/readRunRecords.ts';
import { reportedRun } from './reportedRun.ts';
import { UsageError } from '../flags/usageError.ts';

const settings = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]));
const spread = z.object({
  ...{ mean: z.number(), standardDeviation: z.number().nullable(), n: z.number() },
});
const difference = z.object({
  ...{ mean: z.number(), interval: z.tuple([z.number(), z.number()]).nullable(), n: z.number() },
});

/** The name of a folder inside the comparison, never a path out of it. */
const cellName = z
  .string()
  .refine((cell) => basename(cell) === cell && !['', '.', '..'].includes(cell), {
    error: 'Expected the name of a folder.',
  });

const comparisonSchema = z.object({
  version: z.literal(2),
  command: z.string(),
  shared: settings,
  seeds: z.array(z.number()),
  splitSeed: z.number(),
  hasInsecureSeeds: z.boolean().exactOptional(),
  score: z.object({ metric: z.string(), better: z.enum(['greater', 'less']) }),
  confidence: z.number(),
  composedEpsilon: z.number().nullable(),
  delta: z.number(),
  guarantee: z.enum(['differential privacy', 'none', 'public data']),
  table: z.array(
    z.object({
      ...{ row: z.string(), label: z.string(), settings, isBaseline: z.boolean() },
      scoreOverSubsets: spread.nullable().exactOptional(),
      quantizedFraction: z.number().nullable().exactOptional(),
      ...{ score: spread.nullable(), difference: difference.nullable() },
      ...{ theoreticalSpeedup: z.number().nullable(), measuredSpeedup: z.number().nullable() },
      ...{ epsilon: z.number().nullable(), seconds: spread.nullable() },
    }),
  ),
  runs: z.array(
    z.object({
      ...{ cell: cellName, row: z.string(), seed: z.number(), subset: z.number().exactOptional() },
      state: z.enum(['finished', 'failed', 'not finished']),
      problem: z.string().exactOptional(),
      hasSpent: z.boolean().exactOptional(),
      epsilon: z.number().nullable().exactOptional(),
      score: z.number().nullable().exactOptional(),
      quantizedFraction: z.number().exactOptional(),
      theoreticalSpeedup: z.number().exactOptional(),
      seconds: z.number().exactOptional(),
    }),
  ),
  versions: z.record(z.string(), z.string()),
  machine: z.string(),
});

/**
 * The record of a comparison, and those of its runs by their cells: of the runs that can be read.
 *
 * @throws UsageError that names the first field of `comparison.json` that is missing or of another
 *   type
 */
export async function reportedComparison(
  path: string,
): Promise<{ record: ComparisonRecord; runs: ReadonlyMap<string, RunRecords> }> {
  const file = join(path, 'comparison.json');
  const value = upgradedRecord(readIfJson(file));
  if (value === null) {
    throw new UsageError(`${file} is not JSON; restore a copy of it, or run the comparison again`);
  }
  const record = withSpending(parseRecord<ComparisonRecord>(comparisonSchema, value, file), path);
  const runs = new Map<string, RunRecords>();
  for (const { cell } of record.runs) {
    const records = await runOf(join(path, 'runs', cell));
    if (records) runs.set(cell, records);
  }
  return { record, runs };
}

/**
 * The record with what its runs have spent by now: one that was killed has spent more than it says.
 * Where all had finished, or are not there, it is taken at its word.
 */
function withSpending(record: ComparisonRecord, path: string): ComparisonRecord {
  const isFinal = record.runs.every(({ state }) => state === 'finished');
  if (isFinal || record.table.length === 0 || !existsSync(join(path, 'runs'))) return record;
  const planned = recordedComparison({}, record);
  const { composedEpsilon, guarantee } = new ComparisonInFolder(path, planned).record();
  return { ...record, composedEpsilon, guarantee };
}

/** Null for a run that has not begun, or is damaged: the table says what came out without it. */
async function runOf(path: string): Promise<RunRecords | null> {
  if (!existsSync(join(path, 'config.json'))) return null;
  try {
    return await reportedRun(path, { hasSpending: false });
  } catch (error) {
    if (error instanceof RunStoreError || error instanceof UsageError) return null;
    throw error;
  }
}
