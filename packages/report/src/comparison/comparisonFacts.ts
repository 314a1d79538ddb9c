import type { ComparedRow, ComparedRun, ComparisonRecord } from '../comparisonRecord.ts';
import { metricPoints, type MetricPoint } from '../metrics.ts';
import type { RunRecords } from '../runRecords.ts';
import { metricScale, type MetricScale } from '../text/metricScale.ts';

/** A row of a comparison with facts from its runs. */
export interface RowFacts {
  readonly row: ComparedRow;
  /** Number in the table, from 1. */
  readonly number: number;
  readonly runs: readonly ComparedRun[];
  /** Mean over its finished runs; null if there are none. */
  readonly quantizedFraction: number | null;
  /** Scores by epoch (from 1) of each run that has completed an epoch. */
  readonly curves: readonly Curve[];
}

export interface Curve {
  readonly seed: number;
  readonly subset: number | undefined;
  readonly points: readonly MetricPoint[];
}

/** The rows of a comparison, in the order of its table. */
export function comparisonFacts(
  { table, runs, score }: ComparisonRecord,
  records: ReadonlyMap<string, RunRecords>,
): RowFacts[] {
  return table.map((row, i) => {
    const own = runs.filter((run) => run.row === row.row);
    const fractions = own.flatMap(({ state, quantizedFraction }) =>
      state === 'finished' && quantizedFraction !== undefined ? [quantizedFraction] : [],
    );
    return {
      row,
      number: i + 1,
      runs: own,
      quantizedFraction:
        fractions.length === 0 ? null : fractions.reduce((a, b) => a + b) / fractions.length,
      curves: own.flatMap(({ cell, seed, subset }) => {
        const points = metricPoints(records.get(cell)?.metrics ?? [], score.metric);
        return points.length === 0 ? [] : [{ seed, subset, points }];
      }),
    };
  });
}

/** How to format and draw the scores of a comparison, based on all scores of its table. */
export function scoreScale({ table, score }: ComparisonRecord): MetricScale {
  return metricScale(
    score.metric,
    table.flatMap((row) => (row.score ? [row.score.mean] : [])),
    table.flatMap((row) => row.difference?.mean ?? []),
  );
}
