import {
  cellsOf,
  differingShared,
  extended,
  namedRow,
  product,
  settingsKey,
  unique,
  type Cell,
  type Row,
  type SharedPart,
  type Settings,
} from '@dpquant/experiments';
import type { ComparedScore, ComparisonRecord } from '@dpquant/report';
import { taskScore } from '@dpquant/training';
import { budgetOf } from '../flags/computeBudget.ts';
import { seedOfEarlierRun } from '../run/initLedger.ts';
import { loadPolicy } from '../flags/policies.ts';
import { loadTask } from '../flags/tasks.ts';
import { UsageError } from '../flags/usageError.ts';
import type { CompareFlags } from './compareFlags.ts';
import type { ComparisonRequest } from './comparisonRequest.ts';
import {
  cellArguments,
  optionsOfArguments,
  refuseContradicting,
  resolveRow,
  type ResolvedRow,
} from './resolvedRow.ts';

/** What is to be run, and what a folder holds of it already. */
export interface PlannedComparison {
  readonly shared: Settings;
  readonly splitSeed: number;
  readonly seeds: readonly number[];
  /** All cells of the folder and all that are asked for. */
  readonly rows: readonly Row[];
  readonly cells: readonly Cell[];
  /** The cells that are asked for, with the arguments of the program. */
  readonly wanted: readonly { readonly cell: Cell; readonly args: readonly string[] }[];
  readonly baseline: string;
  readonly hasInsecureSeeds: boolean;
  /** That of the task, which all rows have. */
  readonly score: ComparedScore;
  /** Of all runs together: the smallest of the rows. */
  readonly delta: number;
}

/** Rows of a record have only settings with an effect: none is left out. */
const recordedRow = { kind: 'explicit' } as const;

/** Settings that do not change the results, so that each machine may have its own. */
const machineSettings: ReadonlySet<string> = new Set(['threads']);

/**
 * Rows and cells that are asked for, each checked as `dpquant train` checks its flags, together
 * with those that the folder of the comparison has.
 *
 * @throws UsageError that names the cell and the flag
 */
export async function planComparison(
  request: ComparisonRequest,
  flags: Pick<CompareFlags, 'staticSubsets' | 'insecureSeeds' | 'baseline'>,
  before: ComparisonRecord | null,
): Promise<PlannedComparison> {
  const hasInsecureSeeds = flags.insecureSeeds ?? false;
  if (request.isEmpty && before) return resumedComparison(flags, before);
  const { shared } = request;
  const resolved = rowsOf(request, before);
  const splitSeed =
    request.splitSeed ?? before?.splitSeed ?? (await earlierSplit([...resolved.values()])) ?? 1;
  if (before) refuseOtherShared(before, { shared, splitSeed, hasInsecureSeeds });
  const byName = new Map([...resolved].map(([{ row }, settings]) => [row, settings]));
  const subsetsOf = ({ row }: Row) =>
    byName.get(row)!.options.policy === 'static' ? flags.staticSubsets : 1;
  const rows = [...resolved.keys()];
  const cells = cellsOf(rows, { seeds: request.seeds, subsetsOf });
  const all = extended(before, rows, cells);
  const seeds = [...new Set([...(before?.seeds ?? []), ...request.seeds])].sort((a, b) => a - b);
  return {
    ...{ shared, splitSeed, seeds, ...all, hasInsecureSeeds },
    score: await scoreOf(resolved),
    delta: smallestDelta(withKnown(byName, all.rows, shared)),
    wanted: await checkedCells(cells, byName, { splitSeed, insecureSeeds: hasInsecureSeeds }),
    baseline: baselineOf(all.rows, flags.baseline, before),
  };
}

/** What the folder of a comparison has to do still, by its record. */
async function resumedComparison(
  flags: Pick<CompareFlags, 'baseline'>,
  before: ComparisonRecord,
): Promise<PlannedComparison> {
  const recorded = recordedComparison(flags, before);
  const { shared, splitSeed, cells, rows, hasInsecureSeeds: insecureSeeds } = recorded;
  const resolved = withKnown(new Map(), rows, shared);
  return { ...recorded, wanted: await checkedCells(cells, resolved, { splitSeed, insecureSeeds }) };
}

/** What the folder of a comparison holds, by its record. */
export function recordedComparison(
  { baseline }: Pick<CompareFlags, 'baseline'>,
  before: ComparisonRecord,
): Omit<PlannedComparison, 'wanted'> {
  const { shared, splitSeed, seeds, score, delta, hasInsecureSeeds = false } = before;
  const all = extended(before, [], []);
  return {
    ...{ shared, splitSeed, seeds, score, delta, hasInsecureSeeds, ...all },
    baseline: baselineOf(all.rows, baseline, before),
  };
}

/** The split of the run that the initial weights are of, so that what was private stays private. */
async function earlierSplit(rows: readonly ResolvedRow[]): Promise<number | undefined> {
  const row = rows.find(({ options }) => options.initLedger !== undefined);
  return row && seedOfEarlierRun(row.options);
}

/** The score of the task, which all rows share. */
async function scoreOf(rows: ReadonlyMap<Row, ResolvedRow>): Promise<ComparedScore> {
  const [first] = rows.values();
  return taskScore(await loadTask(first!.options));
}

function smallestDelta(rows: ReadonlyMap<string, ResolvedRow>): number {
  return Math.min(...[...rows.values()].map(({ options }) => options.delta));
}

function refuseOtherShared(
  before: ComparisonRecord,
  now: SharedPart & { readonly hasInsecureSeeds: boolean },
): void {
  const { shared, hasInsecureSeeds = false } = before;
  const part = ({ insecure, ...settings }: Settings) =>
    insecure === true ? { ...settings, 'insecure-seeds': true } : settings;
  const different = differingShared(
    { ...before, shared: part({ ...shared, insecure: hasInsecureSeeds }) },
    { ...now, shared: part({ ...now.shared, insecure: now.hasInsecureSeeds }) },
    machineSettings,
  );
  if (!different) return;
  const words = (value: Settings[string] | undefined) =>
    value === undefined ? 'not given' : String(value);
  throw new UsageError(
    `${different.name}: was ${words(different.before)} for all rows of this comparison, and is ${words(different.now)} now; ` +
      "give it as before, in a row of its own ('--row'), or choose another folder",
  );
}

/** The rows that are asked for, named; one that the folder has keeps its name. */
function rowsOf(
  { shared, axes, rows }: ComparisonRequest,
  before: ComparisonRecord | null,
): Map<Row, ResolvedRow> {
  const resolve = (own: Settings, kind: 'grid' | 'explicit') =>
    inRow(namedRow(own).label, () => resolveRow(shared, own, { kind }));
  const grid = axes.length === 0 ? [] : product(axes, (own) => resolve(own, 'grid').settings);
  const all = [
    ...grid.map((own) => resolve(own, 'grid')),
    ...unique(rows).map((own) => resolve(own, 'explicit')),
  ];
  refuseUnused({ shared, axes }, all);
  const known = new Map(
    (before?.table ?? []).map(({ row, label, settings }) => {
      const { options } = resolveRow(shared, settings, recordedRow);
      return [settingsKey(options), { row, label, settings }];
    }),
  );
  const taken = new Set([...known.values()].map(({ row }) => row));
  const named = new Map<Row, ResolvedRow>();
  const seen = new Set<string>();
  for (const each of all) {
    const key = settingsKey(each.options);
    if (seen.has(key)) continue;
    seen.add(key);
    const row = known.get(key) ?? namedRow(each.settings, taken);
    taken.add(row.row);
    named.set(row, each);
  }
  return named;
}

/** Refuses a setting that was given but has no effect in any row. */
function refuseUnused(
  { shared, axes }: Pick<ComparisonRequest, 'shared' | 'axes'>,
  all: readonly ResolvedRow[],
): void {
  const used = new Set(all.flatMap(({ given }) => Object.keys(given)));
  for (const [name, value] of [shared, ...axes.flat()].flatMap((own) => Object.entries(own))) {
    if (used.has(name)) continue;
    for (const { settings, given } of all) {
      inRow(namedRow(settings).label, () => refuseContradicting({ ...given, [name]: value }));
    }
  }
}

async function checkedCells(
  cells: readonly Cell[],
  rows: ReadonlyMap<string, ResolvedRow>,
  { splitSeed, insecureSeeds = false }: { splitSeed: number; insecureSeeds?: boolean },
): Promise<PlannedComparison['wanted']> {
  const checked = new Set<string>();
  const wanted = [];
  for (const cell of cells) {
    const args = cellArguments(rows.get(cell.row)!, cell, { splitSeed, insecureSeeds });
    try {
      const options = optionsOfArguments(args);
      if (!checked.has(cell.row)) {
        budgetOf(options);
        await loadPolicy(options);
        checked.add(cell.row);
      }
    } catch (error) {
      throw new UsageError(`${cell.cell}: ${(error as Error).message}`);
    }
    wanted.push({ cell, args });
  }
  return wanted;
}

function baselineOf(
  rows: readonly Row[],
  wanted: string | undefined,
  before: ComparisonRecord | null,
): string {
  if (wanted !== undefined) {
    const found = rows.find(({ row, label }) => row === wanted || label === wanted);
    if (found) return found.row;
    throw new UsageError(
      `baseline: there is no row ${wanted}; there are ${rows.map(({ row }) => row).join(', ')}`,
    );
  }
  const known = before?.table.find(({ isBaseline }) => isBaseline);
  const full = rows.find(
    ({ settings }) => settings['policy'] === 'full' && settings['privacy'] !== false,
  );
  return (known ?? full ?? rows[0]!).row;
}

function withKnown(
  resolved: ReadonlyMap<string, ResolvedRow>,
  rows: readonly Row[],
  shared: Settings,
): Map<string, ResolvedRow> {
  return new Map(
    rows.map(({ row, settings }) => [
      row,
      resolved.get(row) ?? inRow(row, () => resolveRow(shared, settings, recordedRow)),
    ]),
  );
}

function inRow<T>(row: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`row ${row}: ${error.message}`);
  }
}
