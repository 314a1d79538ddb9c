import { join } from 'node:path';
import { z } from 'zod';
import type { RunSummary } from '@dpquant/training';
import type { RunFolder } from '@dpquant/training/node';
import { oneOf } from '../flags/argumentParsers.ts';
import { readIfJson } from '../terminal/readIfJson.ts';
import { runConfigSchema, type RunConfig } from './runRecords.ts';
import { UsageError } from '../flags/usageError.ts';

/**
 * The `config.json` of a run.
 *
 * @throws UsageError that names the first field that is missing, unknown or of another type
 */
export async function readRunConfig(folder: RunFolder): Promise<RunConfig> {
  const file = join(folder.path, 'config.json');
  return parseRunConfig(await folder.readJson('config.json'), file);
}

/**
 * The `config.json` in a folder that may be a run's; null where there is none, or another
 * program's.
 *
 * @throws UsageError where a run's is damaged
 */
export function runConfigIn(folder: string): RunConfig | null {
  const file = join(folder, 'config.json');
  const config = readIfJson(file) as { options?: { data?: unknown } } | null;
  return typeof config?.options?.data === 'string' ? parseRunConfig(config, file) : null;
}

/** The ε that the finished run in a folder guarantees. */
export async function readGuarantee(folder: RunFolder): Promise<RunSummary['guarantee']> {
  const schema = z.object({ guarantee: oneOf(['differential privacy', 'none']).schema });
  const file = join(folder.path, 'summary.json');
  return parseRecord(schema, await folder.readJson('summary.json'), file).guarantee;
}

/** @param file names the record in errors */
export function parseRunConfig(value: unknown, file: string): RunConfig {
  const { options, plan, start, data } = (value ?? {}) as Partial<Record<string, unknown>>;
  const isWhole = [options, plan, start, data].every((part) => typeof part === 'object' && part);
  if (isWhole) return parseRecord(runConfigSchema, value, file);
  throw new UsageError(
    `${file} does not say what the run was on and how; it is damaged, or was written by another version of DPQuant: ` +
      'restore it, or use that version',
  );
}

/** The value if it is a record of the schema, else an error that names the first wrong field. */
export function parseRecord<T>(schema: z.ZodType<T>, value: unknown, file: string): T {
  const { data, error } = schema.safeParse(value, { error: expectation });
  if (!error) return data;
  const [issue] = error.issues as [z.core.$ZodIssue];
  if (issue.path[0] === 'plan') {
    // Its messages begin with the name of the field, and end with its value.
    throw new UsageError(
      `${file}: plan: ${issue.message}. Restore the file, or use the version of DPQuant that wrote it`,
    );
  }
  const [unknown] = issue.code === 'unrecognized_keys' ? issue.keys : [];
  const field = [...issue.path, ...(unknown === undefined ? [] : [unknown])].map(String).join('.');
  const wrong =
    unknown === undefined
      ? `${found(value, issue.path)}. ${issue.message}`
      : 'is no field of such a file.';
  throw new UsageError(
    `${file}: ${field} ${wrong} Restore the file, or use the version of DPQuant that wrote it`,
  );
}

/** What is in a place of a value, which may be a list of thousands, in words. */
function found(value: unknown, path: readonly PropertyKey[]): string {
  const inner = path.reduce(
    (outer, key) => (outer as Record<PropertyKey, unknown> | null)?.[key],
    value,
  );
  if (inner === undefined) return 'is missing';
  const text = JSON.stringify(inner);
  return `is ${text.length > 80 ? `${text.slice(0, 79)}…` : text}`;
}

/** What was expected, for fields without a description of their own. */
const expectation: z.core.$ZodErrorMap = ({ code, ...issue }) =>
  code === 'invalid_type' ? `Expected ${String(issue.expected)}.` : undefined;
