import { describe, expect, it } from '@jest/globals';
import { exampleComparison } from '../testing/exampleRecords.ts';
import { documentOf, expectAccessible, expectSelfContained, textOf } from '../testing/pages.ts';
import { comparisonPage } from './comparisonPage.ts';

const { record, runs } = exampleComparison();
const text = textOf(comparisonPage(record, runs));

/** The cells of a row of the table. */
function rowOf(page: string, number: number): string[] {
  const row = documentOf(page).querySelectorAll('table.stacked tbody tr')[number - 1]!;
  return [...row.querySelectorAll('th, td')].map(({ textContent }) =>
    textContent.replaceAll(/\s+/g, ' ').trim(),
  );
}

describe('the page of a comparison', () => {
  it.each([
    ['of twelve rows and five seeds', {}],
    ['of one row and one seed', { rows: 1, seeds: 1, isMeasured: false }],
    ['of two rows and one seed', { rows: 2, seeds: 1 }],
    ['of three rows and twenty seeds', { rows: 3, seeds: 20 }],
    ['of a hundred rows', { rows: 100, seeds: 5, epochs: 30 }],
  ])('is self-contained and accessible %s', (_, options) => {
    const example = exampleComparison(options);
    const page = comparisonPage(example.record, example.runs);
    expectSelfContained(page);
    expectAccessible(page);
    expect(page).not.toMatch(/undefined|NaN|\[object/);
  });

  it('lists the settings that all runs share, also defaults, and none that differ', () => {
    const withModels = (models: readonly string[]) =>
      new Map(
        [...runs].map(([cell, run], i) => [
          cell,
          { ...run, config: { options: { model: models[i % models.length], data: 'mnist' } } },
        ]),
      );
    const shared = { epochs: 10 };
    const one = textOf(comparisonPage({ ...record, shared }, withModels(['mlp'])));
    expect(one).toContain('Comparison of 12 rows of mlp on mnist');
    const two = textOf(comparisonPage({ ...record, shared }, withModels(['mlp', 'resnet20'])));
    expect(two).toContain('Comparison of 12 rows on mnist');
  });

  it('has a row of numbers for each row', () => {
    const page = comparisonPage(record, runs);
    expect(rowOf(page, 1)).toEqual([
      ...['1 full', '92.00 ± 0.24 % (n = 5)', 'baseline', '0 %', '1.00×', '1.00×', '3.000'],
      '2 min 55 s',
    ]);
    expect(rowOf(page, 3).slice(1, 4)).toEqual([
      ...['91.00 ± 0.24 % (n = 5)', '−1.00 [−1.30, −0.60]', '75 %'],
    ]);
    expect(documentOf(page).querySelectorAll('table.stacked tbody tr')).toHaveLength(12);
  });

  it('states what all runs have spent, and that the ε of one does not cover choosing', () => {
    expect(text).toContain('All 60 runs together have spent ε = 14.204 at δ = 10⁻⁵');
    expect(text).toContain('choosing the best run uses all of them');
    expect(text).toContain('ε of all runs together 14.204');
    const spentSoFar = 'unfinished runs count with what they have spent so far';
    expect(text).toContain(spentSoFar);
    const finished = record.runs.filter(({ state }) => state === 'finished');
    expect(textOf(comparisonPage({ ...record, runs: finished }, runs))).not.toContain(spentSoFar);
  });

  it('counts the rows that differ from the baseline', () => {
    expect(text).toContain('Comparison of 12 rows of small-cnn on mnist');
    const [baseline, ...others] = record.table;
    const verdictOf = (...intervals: (readonly [number, number])[]) => {
      const table = intervals.map((interval, i) => ({
        ...others[i]!,
        difference: { mean: 0, interval, n: 5 },
      }));
      return textOf(comparisonPage({ ...record, table: [baseline!, ...table] }, runs));
    };
    expect(verdictOf([0.1, 0.2], [-1, 1], [-1, 1])).toContain(
      'Of 3 other rows, 1 is better than the baseline, none is worse, and 2 are inconclusive',
    );
    expect(verdictOf([-0.2, -0.1])).toContain(
      'Of 1 other row, none is better than the baseline, 1 is worse, and none is inconclusive',
    );
  });

  it.each([
    ['an infinite ε', { composedEpsilon: null }],
    ['a run without a guarantee', { guarantee: 'none' as const }],
  ])('claims no guarantee with %s', (_, change) => {
    const none = textOf(comparisonPage({ ...record, ...change }, runs));
    expect(none).toContain('There is no guarantee for all runs together');
    expect(none).not.toContain('have spent');
  });

  it('claims no guarantee for public data, without a warning', () => {
    const none = textOf(comparisonPage({ ...record, guarantee: 'public data' }, runs));
    expect(none).toContain('The data were declared public');
    expect(none).not.toContain('There is no guarantee for all runs together');
  });

  it('lists failed and unfinished runs, with reasons', () => {
    expect(text).toContain('Of 60 runs, 1 failed and 1 is not finished');
    expect(text).toContain('static-luq-fp4-0.9-seed2: failed: policy: expected a Map, got null');
    expect(text).toContain('static-int8-0.5-seed3: not finished');
  });

  it('has a panel for each row, with a line for each seed', () => {
    const panels = documentOf(comparisonPage(record, runs)).querySelectorAll('.panels figure');
    expect(panels).toHaveLength(12);
    const lines = panels[0]!.querySelectorAll(
      'path[stroke^="var(--series"], g[stroke^="var(--series"] path',
    );
    expect(lines).toHaveLength(5);
  });

  it('says that there are no results before the first run has finished', () => {
    const table = record.table.map((row) => ({
      ...{ ...row, score: null, difference: null, seconds: null, epsilon: null },
      ...{ theoreticalSpeedup: null, measuredSpeedup: null },
    }));
    const open = record.runs.map(({ cell, row, seed }) => ({
      ...{ cell, row, seed },
      state: 'not finished' as const,
    }));
    const page = comparisonPage({ ...record, table, runs: open }, new Map());
    expectSelfContained(page);
    expect(textOf(page)).toContain('No run has finished yet');
    expect(textOf(page)).toContain('Of 60 runs, 60 are not finished');
    expect(rowOf(page, 2).slice(1)).toEqual(new Array(7).fill('–'));
  });
});
