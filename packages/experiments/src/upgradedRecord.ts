import type { ComparisonRecord } from '@dpquant/report';

/**
 * Converts the record of a comparison to the current version: version 1 had accuracies in place of
 * scores. Other values are unchanged.
 */
export function upgradedRecord(value: unknown): unknown {
  if (!isVersion1(value)) return value;
  const { table, runs } = value;
  return {
    ...value,
    version: 2,
    score: { metric: 'accuracy', better: 'greater' },
    table: table.map((row) => renamed(row)),
    runs: runs.map((run) => renamed(run)),
  } satisfies Record<keyof Pick<ComparisonRecord, 'version' | 'score' | 'table' | 'runs'>, unknown>;
}

type Fields = Readonly<Record<string, unknown>>;

interface Version1 {
  readonly table: readonly Fields[];
  readonly runs: readonly Fields[];
}

function isVersion1(value: unknown): value is Version1 {
  const { version, table, runs } = (value ?? {}) as Partial<Record<string, unknown>>;
  return version === 1 && [table, runs].every(areObjects);
}

function areObjects(value: unknown): boolean {
  const isObject = (each: unknown) => typeof each === 'object' && each !== null;
  return Array.isArray(value) && (value as readonly unknown[]).every(isObject);
}

const names: ReadonlyMap<string, string> = new Map([
  ['accuracy', 'score'],
  ['accuracyOverSubsets', 'scoreOverSubsets'],
]);

function renamed(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [names.get(name) ?? name, value]),
  );
}
