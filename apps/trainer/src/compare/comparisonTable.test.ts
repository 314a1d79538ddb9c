import { describe, expect, it } from '@jest/globals';
import type { ComparisonRecord } from '@dpquant/report';
import { comparisonLines } from './comparisonTable.ts';

const record: ComparisonRecord = {
  version: 2,
  score: { metric: 'accuracy', better: 'greater' },
  ...{ command: 'dpquant compare', shared: {}, seeds: [1, 2], splitSeed: 1, confidence: 0.95 },
  ...{ composedEpsilon: 4.5678, delta: 1e-5, guarantee: 'differential privacy' },
  table: [
    {
      ...{ row: 'full', label: 'full', settings: { policy: 'full' }, isBaseline: true },
      score: { mean: 0.9123, standardDeviation: 0.0045, n: 2 },
      ...{ difference: null, quantizedFraction: 0, theoreticalSpeedup: 1, measuredSpeedup: 1 },
      ...{ epsilon: 3, seconds: { mean: 61, standardDeviation: 1, n: 2 } },
    },
    {
      ...{ row: 'static', label: 'static', settings: { policy: 'static' }, isBaseline: false },
      score: { mean: 0.9, standardDeviation: null, n: 1 },
      difference: { mean: -0.0123, interval: [-0.03, 0.005], n: 2 },
      ...{ quantizedFraction: 0.75, theoreticalSpeedup: 1.77, measuredSpeedup: null },
      ...{ epsilon: 3, seconds: null },
    },
  ],
  runs: [
    { cell: 'full-seed1', row: 'full', seed: 1, state: 'finished', epsilon: 3 },
    { cell: 'static-seed1', row: 'static', seed: 1, state: 'not finished' },
  ],
  ...{ versions: {}, machine: '' },
};
const textOf = (changes: Partial<ComparisonRecord> = {}) =>
  comparisonLines({ ...record, ...changes }).join('\n');

describe('the table of a comparison', () => {
  it('has a line a row, with differences in percent', () => {
    expect(textOf()).toMatch(/^full +91\.23 ± 0\.45 +2 +baseline$/m);
    expect(textOf()).toMatch(/^full +0 % +1\.00× +1\.00× +1:01$/m);
    expect(textOf()).toMatch(/^static +90\.00 +1 +−1\.23 \[−3\.00, \+0\.50\]$/m);
    expect(textOf()).toMatch(/^static +75 % +1\.77× +– +–$/m);
    expect(textOf()).toMatch(/^difference: to full, in percentage points/m);
  });

  it('has another score than accuracy in its own unit, and says where less is better', () => {
    const [full, other] = record.table;
    const table = [
      { ...full!, score: { mean: 1234.5, standardDeviation: 12.345, n: 2 } },
      {
        ...other!,
        score: { mean: -1200, standardDeviation: null, n: 1 },
        difference: { mean: -34.5, interval: [-50, 1] as const, n: 2 },
      },
    ];
    const text = textOf({ table, score: { metric: 'rmse', better: 'less' } });
    expect(text).toMatch(/^row +rmse +seeds +difference$/m);
    expect(text).toMatch(/^full +1235 ± 12 +2 +baseline$/m);
    expect(text).toMatch(/^static +−1200 +1 +−35 \[−50, \+1\]$/m);
    expect(text).toMatch(/^rmse: on the public examples, .*; less is better$/m);
    expect(text).toMatch(/^difference: to full,\n {2}of runs with/m);
    expect(text).not.toMatch(/accuracy|percentage/);
  });

  it('fits a terminal of 80 columns, with the names of the rows of a grid', () => {
    const table = record.table.map((row) => ({ ...row, label: 'probabilistic-0.75-luq-fp4' }));
    for (const line of comparisonLines({ ...record, table })) {
      expect(line.length).toBeLessThanOrEqual(80);
    }
  });

  it('says what all runs together spend, and that choosing among them is not covered', () => {
    expect(textOf()).toMatch(
      /all runs together \(1 of 2 ended\) have ε = 4\.568 at δ = 0\.00001;\n {2}choosing the best row is not covered/,
    );
  });

  it.each<[string, Partial<ComparisonRecord>, RegExp]>([
    ['of runs without privacy', { guarantee: 'none', composedEpsilon: null }, /no guarantee/],
    [
      'of public data',
      { guarantee: 'public data', composedEpsilon: null },
      /said that the data are public/,
    ],
    ['without a bound', { composedEpsilon: null }, /no bound is known/],
  ])('names no ε %s', (_, changes, words) => {
    expect(textOf(changes)).toMatch(words);
    expect(textOf(changes)).not.toMatch(/ε = /);
  });
});
