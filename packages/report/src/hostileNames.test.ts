import { describe, expect, it } from '@jest/globals';
import { comparisonPage, runPage, type ComparisonRecord, type RunRecords } from './index.ts';
import { exampleComparison, exampleRun } from './testing/exampleRecords.ts';
import { classReport } from './testing/exampleTasks.ts';
import { documentOf, expectSelfContained } from './testing/pages.ts';
import { shownText } from './text/shownText.ts';

const hostile = [
  '<script>alert(1)</script>',
  '</title><img src=x onerror=alert(1)>',
  '</style><script>alert(2)</script>',
  '"><svg onload=alert(1)>',
  "' onmouseover='alert(1)",
  '&lt;b&gt; &amp; &quot;',
  '${alert(1)} `x` {{x}}',
  '<!-- --><![CDATA[ ]]>',
  'x'.repeat(300),
  'left\u202Eright',
  'null\u0000byte',
  'half\uD800pair',
  '__proto__',
  'constructor',
];

/** Characters that no page may contain, except line ends. */
// eslint-disable-next-line no-control-regex
const unseen = /[\u0000-\u0008\u000b-\u001f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u;

function named<T>(names: readonly string[], value: T): Readonly<Record<string, T>> {
  return Object.fromEntries(names.map((each) => [each, value]));
}

/** A run in which every name is one of these. */
function hostileRun(name: string): RunRecords {
  const run = exampleRun({ layers: [name, ...hostile], epochs: 3, hasProbabilities: true });
  const { config } = run;
  return {
    ...run,
    name,
    schedule: run.schedule.map((record) => ({
      ...record,
      layers: Object.fromEntries(Object.keys(record.layers).map((layer) => [layer, name])),
    })),
    config: {
      ...config,
      options: {
        ...config.options,
        ...{ model: name, policy: name, format: name, privacyUnit: name, classNames: [name] },
        [name]: name,
      },
      given: [name, 'policy'],
      plan: { ...config.plan, accountant: name },
      backend: { name, device: name, products: name },
      versions: { dpquant: name, [name]: name },
    },
    metrics: run.metrics.map((record) => ({
      ...record,
      validationMetrics: named([`${name}.f1`, name], 0.5),
    })),
    summary: {
      ...run.summary!,
      stopped: name,
      metrics: named([`${name}.f1`, name], 0.5),
      score: { metric: `${name}.f1`, better: 'greater' },
      ...classReport([name, ...hostile]),
      classReports: named([name, ...hostile], classReport([name, 'other'], false)),
    },
  };
}

function hostileComparison(name: string): [ComparisonRecord, Map<string, RunRecords>] {
  const { record, runs } = exampleComparison({ rows: 3, seeds: 2 });
  const table = record.table.map((row) => ({ ...row, row: row.row + name, label: name }));
  return [
    {
      ...record,
      command: name,
      score: { metric: `${name}.${name}`, better: 'less' },
      shared: { model: name, data: name, [name]: name },
      table,
      runs: record.runs.map((run) => ({
        ...{ ...run, row: run.row + name, cell: run.cell + name },
        ...{ state: 'failed' as const, problem: name },
      })),
      versions: { dpquant: name, [name]: name },
      machine: name,
    },
    new Map(
      [...runs].map(([cell, run]) => {
        const metrics = run.metrics.map((record) => ({
          ...record,
          validationMetrics: named([`${name}.${name}`], 0.5),
        }));
        return [cell + name, { ...run, name, metrics }];
      }),
    ),
  ];
}

describe.each(hostile)('a name like %j', (name) => {
  it.each([
    ['a run', () => runPage(hostileRun(name))],
    ['a comparison', () => comparisonPage(...hostileComparison(name))],
  ])('is only text in the page of %s', (_, make) => {
    const page = make();
    // No script, no handler, no URL, nothing that is loaded.
    expectSelfContained(page);
    expect(page).not.toMatch(unseen);
    const document = documentOf(page);
    expect(document.querySelectorAll('title')[0]!.parentElement!.tagName).toBe('HEAD');
    expect(document.querySelectorAll('img, b svg')).toHaveLength(0);
    // Isolated from the text direction around it, in full.
    const names = [...document.querySelectorAll('bdi')].map(({ textContent }) => textContent);
    expect(names).toContain(shownText(name));
    // Charts contain it too, as text.
    const charts = [...document.querySelectorAll('svg')].map(({ textContent }) => textContent);
    expect(charts.join('')).toContain(shownText(name).slice(0, 10));
  });
});

describe('shownText', () => {
  it('makes invisible characters visible and keeps the rest', () => {
    expect(shownText('a\u0000\u202eb\ud800 é 漢 😀 שלום')).toBe(
      'a\\u0000\\u202eb\\ud800 é 漢 😀 שלום',
    );
  });
});
