import type {
  ComparedRow,
  ComparedRun,
  ComparedScore,
  ComparisonRecord,
  Spread,
} from '@dpquant/report';
import type { CellSummary } from './cellFolder.ts';
import type { Cell, Row } from './cells.ts';
import { composedEpsilon, type CellSpending } from './composedEpsilon.ts';
import { meanOf, pairedDifference, spreadOf } from './statistics.ts';

/** The result of a cell so far. */
export interface CellResult {
  readonly state: ComparedRun['state'];
  readonly problem?: string;
  readonly summary?: CellSummary;
  /** Everything that was charged; left out if nothing was. */
  readonly spending?: CellSpending;
}

/** What is compared, and facts that are not in the runs. */
export interface Comparison extends Pick<
  ComparisonRecord,
  | 'command'
  | 'shared'
  | 'seeds'
  | 'splitSeed'
  | 'hasInsecureSeeds'
  | 'score'
  | 'delta'
  | 'versions'
  | 'machine'
> {
  readonly confidence?: number;
  readonly rows: readonly Row[];
  readonly cells: readonly Cell[];
  /** Name of the row that the others are compared with. */
  readonly baseline: string;
  /**
   * Whether the user declared the data public; runs without a guarantee are recognized separately.
   */
  readonly isDataPublic?: boolean;
  /** Throughput of each measured row relative to the baseline. */
  readonly measuredSpeedups?: ReadonlyMap<string, number>;
}

/**
 * The record of a comparison: its table with means and intervals, and the composed ε of all runs.
 */
export function comparisonRecord(
  comparison: Comparison,
  resultOf: (cell: Cell) => CellResult,
): ComparisonRecord {
  const { command, shared, seeds, splitSeed, confidence = 0.95, delta } = comparison;
  const {
    score,
    versions,
    machine,
    cells,
    rows,
    isDataPublic = false,
    hasInsecureSeeds,
  } = comparison;
  const results = cells.map((cell) => ({ cell, ...resultOf(cell) }));
  const spendings = results.flatMap(({ spending }) => spending ?? []);
  const isUnbounded =
    hasInsecureSeeds ||
    results.some(
      ({ spending, summary }) => spending?.own === null || summary?.guarantee === 'none',
    );
  return {
    version: 2,
    command,
    shared,
    seeds,
    splitSeed,
    ...(hasInsecureSeeds && { hasInsecureSeeds }),
    score,
    confidence,
    composedEpsilon: isDataPublic || isUnbounded ? null : composedEpsilon(spendings, delta),
    delta,
    guarantee: isDataPublic ? 'public data' : isUnbounded ? 'none' : 'differential privacy',
    table: rows.map((row) => comparedRow(row, { ...comparison, confidence }, results)),
    runs: results.map(({ cell, state, problem, summary, spending }) => ({
      ...cell,
      state,
      ...(problem !== undefined && { problem }),
      ...(spending && { hasSpent: true }),
      ...(summary && {
        epsilon: summary.epsilon,
        score: scoreIn(summary, score),
        quantizedFraction: summary.quantizedFraction,
        theoreticalSpeedup: summary.theoreticalSpeedup,
        seconds: summary.seconds,
      }),
    })),
    versions,
    machine,
  };
}

type Result = CellResult & { readonly cell: Cell };

function comparedRow(
  { row, label, settings }: Row,
  comparison: Comparison & { readonly confidence: number },
  results: readonly Result[],
): ComparedRow {
  const { baseline, confidence, measuredSpeedups, score } = comparison;
  const finished = results.filter((result) => result.cell.row === row && result.summary);
  const bySeed = scoreBySeed(row, results, score);
  const reference = scoreBySeed(baseline, results, score);
  const differences = [...bySeed].flatMap(([seed, own]) => {
    const other = reference.get(seed);
    return other === undefined ? [] : [own - other];
  });
  const isBaseline = row === baseline;
  const hasSubsets = finished.some(({ cell }) => cell.subset !== undefined);
  const epsilons = finished.map(({ summary }) => summary!.epsilon);
  return {
    row,
    label,
    settings,
    isBaseline,
    score: spreadOf([...bySeed.values()]),
    ...(hasSubsets && { scoreOverSubsets: spreadOf(scores(finished, score)) }),
    difference: isBaseline ? null : pairedDifference(differences, confidence),
    quantizedFraction: meanIn(finished, ({ quantizedFraction }) => quantizedFraction),
    theoreticalSpeedup: meanIn(finished, ({ theoreticalSpeedup }) => theoreticalSpeedup),
    measuredSpeedup: measuredSpeedups?.get(row) ?? null,
    epsilon:
      epsilons.length === 0 || epsilons.includes(null) ? null : Math.max(...noNulls(epsilons)),
    seconds: secondsOf(finished),
  };
}

/** Mean over the random subsets of each seed, for rows with several: pairs are formed by seed. */
function scoreBySeed(
  row: string,
  results: readonly Result[],
  score: ComparedScore,
): Map<number, number> {
  const groups = new Map<number, Result[]>();
  for (const result of results) {
    const { seed } = result.cell;
    if (result.cell.row === row) groups.set(seed, [...(groups.get(seed) ?? []), result]);
  }
  return new Map(
    [...groups].flatMap(([seed, group]) => {
      const values = scores(group, score);
      return values.length === 0 ? [] : [[seed, meanOf(values)] as const];
    }),
  );
}

function scores(results: readonly Result[], score: ComparedScore): number[] {
  return noNulls(results.map(({ summary }) => (summary ? scoreIn(summary, score) : null)));
}

/** The score of a finished run; runs of earlier versions have accuracies only. */
export function scoreIn(
  { metrics, accuracy }: CellSummary,
  { metric }: ComparedScore,
): number | null {
  if (metrics && Object.hasOwn(metrics, metric)) return metrics[metric]!;
  return metric === 'accuracy' ? accuracy : null;
}

function meanIn(
  finished: readonly Result[],
  valueOf: (summary: CellSummary) => number,
): number | null {
  return finished.length === 0 ? null : meanOf(finished.map(({ summary }) => valueOf(summary!)));
}

function secondsOf(finished: readonly Result[]): Spread | null {
  return spreadOf(finished.map(({ summary }) => summary!.seconds));
}

function noNulls(values: readonly (number | null)[]): number[] {
  return values.filter((value) => value !== null);
}
