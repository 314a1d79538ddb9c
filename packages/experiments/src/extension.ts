import type { ComparisonRecord } from '@dpquant/report';
import type { Cell, Row } from './cells.ts';
import type { Settings } from './settings.ts';

/** Undefined where it was not given. */
type Setting = Settings[string] | undefined;

/** What two calls of the same comparison have to agree on. */
export type SharedPart = Pick<ComparisonRecord, 'shared' | 'splitSeed'>;

/**
 * The name of a setting that all runs share and in which a folder's record differs from what is
 * asked for now, if there is one, with both values.
 *
 * @param mayDiffer names of settings that decide nothing about what comes out
 */
export function differingShared(
  before: SharedPart,
  now: SharedPart,
  mayDiffer: ReadonlySet<string> = new Set(),
): { readonly name: string; readonly before: Setting; readonly now: Setting } | null {
  if (before.splitSeed !== now.splitSeed) {
    return { name: 'split-seed', before: before.splitSeed, now: now.splitSeed };
  }
  for (const name of Object.keys({ ...before.shared, ...now.shared })) {
    if (mayDiffer.has(name) || before.shared[name] === now.shared[name]) continue;
    return { name, before: before.shared[name], now: now.shared[name] };
  }
  return null;
}

/** Rows and cells of a record, and after them those that are new. */
export function extended(
  before: Pick<ComparisonRecord, 'table' | 'runs'> | null,
  rows: readonly Row[],
  cells: readonly Cell[],
): { readonly rows: Row[]; readonly cells: Cell[] } {
  const known = (before?.table ?? []).map(({ row, label, settings }) => ({ row, label, settings }));
  const cellsBefore = (before?.runs ?? []).map(({ cell, row, seed, subset }): Cell => ({
    ...{ cell, row, seed },
    ...(subset !== undefined && { subset }),
  }));
  const rowsByName = new Map([...known, ...rows].map((row) => [row.row, row]));
  // A subset that was the only one has no number yet.
  const cellsByName = new Map([...cellsBefore, ...cells].map((cell) => [cell.cell, cell]));
  return { rows: [...rowsByName.values()], cells: [...cellsByName.values()] };
}
