import { describe, expect, it } from '@jest/globals';
import { gaussian, PldAccountant } from '@dpquant/accounting';
import type { CellSummary } from './cellFolder.ts';
import { cellsOf, type Cell } from './cells.ts';
import { comparisonCsv } from './comparisonCsv.ts';
import { comparisonRecord, type CellResult, type Comparison } from './comparisonRecord.ts';
import { namedRow } from './namedRow.ts';

const rows = [
  namedRow({ policy: 'full' }),
  namedRow({ policy: 'static' }),
  namedRow({ policy: 'loss-aware' }),
];
const cells = cellsOf(rows, {
  seeds: [1, 2, 3],
  subsetsOf: ({ row }) => (row === 'static' ? 2 : 1),
});
const comparison: Comparison = {
  command: 'dpquant compare',
  shared: { epochs: 1 },
  seeds: [1, 2, 3],
  splitSeed: 1,
  delta: 1e-5,
  versions: {},
  machine: 'test',
  baseline: 'full',
  score: { metric: 'accuracy', better: 'greater' as const },
  rows,
  cells,
};

const summary = (accuracy: number | null, changes: Partial<CellSummary> = {}): CellSummary => ({
  guarantee: 'differential privacy',
  epsilon: 3,
  accuracy,
  quantizedFraction: 0.5,
  theoreticalSpeedup: 1.5,
  seconds: 10,
  examplesPerSecond: 100,
  steps: 4,
  ...changes,
});

const accuracies: Readonly<Record<string, number>> = {
  'full-seed1': 0.9,
  'full-seed2': 0.92,
  'full-seed3': 0.94,
  'static-seed1': 0.8,
  'static-seed1-subset2': 0.86,
  'static-seed2': 0.9,
  'loss-aware-seed1': 0.88,
  'loss-aware-seed3': 0.95,
};

function resultOf({ cell }: Cell): CellResult {
  const accuracy = accuracies[cell];
  if (cell === 'static-seed3') {
    return { state: 'failed', problem: 'no memory', spending: { own: gaussian(5) } };
  }
  if (accuracy === undefined) return { state: 'not finished' };
  return { state: 'finished', summary: summary(accuracy), spending: { own: gaussian(3) } };
}

describe('the record of a comparison', () => {
  const record = comparisonRecord(comparison, resultOf);
  const rowOf = (name: string) => record.table.find(({ row }) => row === name)!;

  it('pairs the seeds that both rows have finished', () => {
    const { difference, score } = rowOf('loss-aware');
    expect(score).toMatchObject({ n: 2 });
    expect(difference!.n).toBe(2);
    // (0.88 − 0.9 + 0.95 − 0.94) / 2
    expect(difference!.mean).toBeCloseTo(-0.005, 12);
    expect(rowOf('full')).toMatchObject({ isBaseline: true, difference: null });
  });

  it('averages the subsets of a seed before pairing, and reports the spread over all', () => {
    const { score, scoreOverSubsets, difference } = rowOf('static');
    // Seed 1: (0.8 + 0.86) / 2; seed 2 has one subset so far.
    expect(score!.mean).toBeCloseTo((0.83 + 0.9) / 2, 12);
    expect(score!.n).toBe(2);
    expect(scoreOverSubsets!.n).toBe(3);
    expect(difference!.mean).toBeCloseTo((0.83 - 0.9 + 0.9 - 0.92) / 2, 12);
    expect(rowOf('full')).not.toHaveProperty('scoreOverSubsets');
  });

  it('composes finished runs as planned and the others as charged', () => {
    const accountant = new PldAccountant();
    accountant.compose(gaussian(3), 8).compose(gaussian(5));
    expect(record.composedEpsilon).toBeCloseTo(accountant.epsilon(1e-5), 10);
    expect(record.guarantee).toBe('differential privacy');
  });

  it('keeps failed runs with their messages, and runs that have not begun', () => {
    const runs = new Map(record.runs.map((run) => [run.cell, run]));
    expect(runs.get('static-seed3')).toEqual({
      ...{ cell: 'static-seed3', row: 'static', seed: 3, subset: 1 },
      ...{ state: 'failed', problem: 'no memory', hasSpent: true },
    });
    expect(runs.get('static-seed2-subset2')).toMatchObject({ state: 'not finished' });
  });

  it.each<[string, Partial<Comparison>, Partial<CellResult>]>([
    ['a run without privacy', {}, { spending: { own: null } }],
    ['reproducible noise', { hasInsecureSeeds: true }, {}],
    ['a summary that says so', {}, { summary: summary(0.9, { guarantee: 'none' }) }],
  ])('is unbounded with %s', (_, changes, first) => {
    const found = comparisonRecord({ ...comparison, ...changes }, (cell) =>
      cell.cell === 'full-seed1' ? { ...resultOf(cell), ...first } : resultOf(cell),
    );
    expect(found).toMatchObject({ composedEpsilon: null, guarantee: 'none' });
  });

  it('composes nothing for public data', () => {
    const found = comparisonRecord({ ...comparison, isDataPublic: true }, resultOf);
    expect(found).toMatchObject({ composedEpsilon: null, guarantee: 'public data' });
  });

  it('has a CSV table', () => {
    const lines = comparisonCsv(record).split('\r\n');
    expect(lines[0]).toMatch(/^row,label,accuracy,accuracy_standard_deviation,n,difference,/);
    expect(lines[1]).toMatch(/^full,full,0\.9199/);
    expect(lines).toHaveLength(1 + rows.length + 1);
    const quoted = comparisonCsv({
      ...record,
      table: [{ ...record.table[0]!, label: 'a "b", c' }],
    });
    expect(quoted).toContain('"a ""b"", c"');
  });

  it('compares by the score of the task, and runs of earlier versions by accuracy', () => {
    const withMetrics = (cell: Cell): CellResult => {
      const result = resultOf(cell);
      if (!result.summary) return result;
      const { accuracy } = result.summary;
      return { ...result, summary: summary(null, { metrics: { r2: 2, mae: 10 * accuracy! } }) };
    };
    const score = { metric: 'mae', better: 'less' } as const;
    const found = comparisonRecord({ ...comparison, score }, withMetrics);
    expect(found.score).toEqual(score);
    const row = found.table.find(({ row }) => row === 'loss-aware')!;
    expect(row.score!.mean).toBeCloseTo((8.8 + 9.5) / 2, 12);
    expect(row.difference!.mean).toBeCloseTo((8.8 - 9 + 9.5 - 9.4) / 2, 12);
    expect(found.runs.find(({ cell }) => cell === 'full-seed1')!.score).toBeCloseTo(9, 12);
    expect(comparisonCsv(found)).toMatch(/^row,label,mae,mae_standard_deviation,n,/);
    // Runs of an earlier version have accuracies only, which is not an error.
    const earlier = comparisonRecord({ ...comparison, score }, resultOf);
    expect(earlier.table.every((each) => each.score === null)).toBe(true);
  });
});
