import type { ComparisonRecord } from '@dpquant/report';
import type { Cell, Row } from './cells.ts';
import type { Settings } from './settings.ts';

/** Undefined if it was not given. */
type Setting = Settings[string] | undefined;

/** Settings that must be equal when a comparison is continued. */
export type SharedPart = Pick<ComparisonRecord, 'shared' | 'splitSeed'>;

/**
 * The first shared setting in which a folder's record differs from the current request, with both
 * values; undefined if there is none.
 *
 * @param mayDiffer names of settings that do not affect results
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

/** The rows and cells of a record, followed by the new ones. */
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
  // In the record, the only subset of a row has no number.
  const cellsByName = new Map([...cellsBefore, ...cells].map((cell) => [cell.cell, cell]));
  return { rows: [...rowsByName.values()], cells: [...cellsByName.values()] };
}
