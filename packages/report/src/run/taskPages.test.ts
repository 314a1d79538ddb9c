import { describe, expect, it } from '@jest/globals';
import { comparisonPage } from '../comparison/comparisonPage.ts';
import { exampleRun } from '../testing/exampleRecords.ts';
import {
  classificationMetrics,
  classReport,
  clothes,
  comparisonBy,
  runWith,
} from '../testing/exampleTasks.ts';
import { documentOf, expectAccessible, expectSelfContained, textOf } from '../testing/pages.ts';
import { runPage } from './runPage.ts';

const classes = runWith(classificationMetrics, classReport(clothes));
const labels = runWith(
  { f1: 0.8, rocAuc: 0.9, accuracy: 0.6 },
  classReport(['red', 'round'], false),
);
const numbers = runWith({ r2: 0.8512, mae: 1234.5, rmse: 2345.6 });
const several = runWith(
  { 'ill.accuracy': 0.9, 'ill.f1': 0.88, 'days.r2': 0.7, 'days.mae': 3 },
  { classReports: { ill: classReport(['no', 'yes']), tags: classReport(['a', 'b'], false) } },
);
const manyNames = (count: number) => Array.from({ length: count }, (_, i) => `class number ${i}`);

const headings = (page: string) =>
  [...documentOf(page).querySelectorAll('h3')].map(({ textContent }) => textContent);

/** Rows on the front of score and theoretical speed-up, by their description. */
function onFrontIn(page: string): string[] {
  const label = [...documentOf(page).querySelectorAll('svg[role=img]')]
    .map((svg) => svg.getAttribute('aria-label')!)
    .find((text) => text.includes('and theoretical speed-up'))!;
  const points = label.slice(label.indexOf('. ') + 2).split('; ');
  return points
    .filter((point) => point.endsWith('on the front'))
    .map((point) => point.split(':')[0]!);
}

describe('the page of a run', () => {
  it.each([
    ['classes', classes],
    ['a hundred classes', runWith(classificationMetrics, classReport(manyNames(100)))],
    ['forty classes', runWith(classificationMetrics, classReport(manyNames(40)))],
    ['a thousand classes', runWith(classificationMetrics, classReport(manyNames(1000), false))],
    ['labels', labels],
    ['numbers', numbers],
    ['several outputs', several],
    [
      'thirty outputs',
      runWith(Object.fromEntries(manyNames(30).map((name) => [`${name}.accuracy`, 0.9])), {
        epochs: 1000,
        classReports: Object.fromEntries(
          manyNames(30).map((name) => [name, classReport(manyNames(40))]),
        ),
      }),
    ],
    ['metrics that are not defined', runWith({ rocAuc: NaN, r2: 0 })],
  ])('of %s is self-contained and accessible', (_, run) => {
    const page = runPage(JSON.parse(JSON.stringify(run)) as typeof run);
    expectSelfContained(page);
    expectAccessible(page);
    expect(page).not.toMatch(/undefined|NaN|\[object/);
  });

  it('shows each metric, each class and the confusion matrix of a classification', () => {
    const page = runPage(classes);
    const text = textOf(page);
    expect(text).toContain('small-cnn on digits.npz reached 79.84 % accuracy on the public part');
    expect(headings(page).slice(0, 7)).toEqual([
      ...['Accuracy over epochs', 'ε over epochs', 'What took how much of ε'],
      ...['Balanced accuracy over epochs', 'F1 over epochs', 'ROC AUC over epochs'],
      'Confusion matrix',
    ]);
    const rows = [...documentOf(page).querySelectorAll('table.classes tbody tr')];
    expect(rows).toHaveLength(10);
    expect([...rows[1]!.children].map(({ textContent }) => textContent.trim())).toEqual([
      ...['Trouser', '105', '0.890', '0.860', '0.870'],
    ]);
    const figure = [...documentOf(page).querySelectorAll('figure')].find((each) =>
      each.textContent.includes('Confusion matrix'),
    )!;
    expect(figure.querySelectorAll('svg rect')).toHaveLength(100);
    expect(figure.querySelector('svg')!.textContent).toContain('6 Shirt');
    const title = [...figure.querySelectorAll('svg title')].map(({ textContent }) => textContent);
    expect(title).toContain(
      '97 of 105 examples of Trouser (92.4\u00a0%) were classified as Trouser',
    );
    const second = [...[...figure.querySelectorAll('tbody tr')][1]!.children];
    expect(second.slice(0, 4).map(({ textContent }) => textContent)).toEqual([
      ...['1 Trouser', '0', '97', '0'],
    ]);
  });

  it('lists the most frequent confusions of classes too many for a heat map', () => {
    const text = textOf(runPage(runWith(classificationMetrics, classReport(manyNames(60)))));
    expect(text).toContain('60 classes are too many for a heat map');
    expect(text).not.toContain('Colours are shares of a row');
  });

  it('leaves out a matrix that does not fit the classes', () => {
    const damaged = { ...classReport(clothes), confusionMatrix: [[1, 2]] };
    const text = textOf(runPage(runWith(classificationMetrics, damaged)));
    expect(text).toContain('Ankle boot');
    expect(text).not.toContain('Confusion matrix');
  });

  it('shows each label of a multi-label task, and no matrix', () => {
    const text = textOf(runPage(labels));
    expect(text).toContain('reached F1 = 0.7333 on the public part');
    expect(text).toContain('Label by label');
    expect(text).toContain('the model gave the label');
    expect(text).not.toContain('classified as');
  });

  it('shows the metrics of a regression, in the unit of the targets', () => {
    const text = textOf(runPage(numbers));
    expect(text).toContain('reached R² = 0.7803 on the public part');
    expect(text).toContain('1 is best, 0 is no better than the mean');
    expect(text).toContain('MAE over epochs');
    expect(text).not.toMatch(/accuracy/i);
  });

  it('states that lower is better for a score that is an error', () => {
    expect(textOf(runPage(runWith({ mae: 2 }, { better: 'less' })))).toContain(
      'on the public part; less is better',
    );
  });

  it('names the output of each metric and table', () => {
    const page = runPage(several);
    expect(headings(page)).toContain('Accuracy of ill over epochs');
    const sections = [...documentOf(page).querySelectorAll('h2')].map(
      ({ textContent }) => textContent,
    );
    expect(sections).toEqual(
      expect.arrayContaining(['Class by class: ill', 'Label by label: tags']),
    );
  });

  it('shows the accuracy of an earlier version, and says what is missing', () => {
    const earlier = exampleRun();
    expect(headings(runPage(earlier))[0]).toBe('Accuracy over epochs');
    const without = {
      ...earlier,
      metrics: earlier.metrics.map(({ validationAccuracy, ...rest }) => rest),
      summary: { ...earlier.summary, accuracy: null },
    };
    expect(textOf(runPage(without))).toContain('because there is no public part');
    const undefinedScore = runWith({ rocAuc: NaN });
    const parsed = JSON.parse(JSON.stringify(undefinedScore)) as typeof undefinedScore;
    expect(textOf(runPage(parsed))).toContain('its score is not defined on the public part');
  });
});

describe('the page of a comparison', () => {
  it.each([
    ['r2', 'greater', 1],
    ['mae', 'less', 1e4],
    ['rmse', 'less', 1e-6],
    ['label.f1', 'greater', 1],
    ['profit', 'greater', 1e9],
  ] as const)('by %s is self-contained and accessible', (metric, better, size) => {
    const { record, runs } = comparisonBy(metric, better, size);
    const page = comparisonPage(record, runs);
    expectSelfContained(page);
    expectAccessible(page);
    expect(page).not.toMatch(/undefined|NaN|\[object|accuracy/i);
  });

  it('names the score, and whether greater or lower is better', () => {
    const { record, runs } = comparisonBy('mae', 'less', 1000);
    const text = textOf(comparisonPage(record, runs));
    expect(text).toContain('The lowest mean MAE is 905.0, of static luq-fp4 0.9');
    expect(text).toContain('Of 5 other rows, 4 are better than the baseline, none is worse');
    expect(text).toContain('MAE is measured on the public part (lower is better)');
    expect(text).toContain('Down and to the right is better');
    expect(text).toContain('−15.0 [−18.0, −11.0]');
    expect(onFrontIn(comparisonPage(record, runs))).toEqual([
      'static luq-fp4 0.75',
      'static luq-fp4 0.9',
    ]);
    const more = comparisonBy('r2', 'greater');
    expect(onFrontIn(comparisonPage(more.record, more.runs))).toEqual([
      ...['full', 'static luq-fp4 0.5', 'static luq-fp4 0.75', 'static int8 0.5'],
      'static int8 0.75',
    ]);
    const greater = textOf(comparisonPage(more.record, more.runs));
    expect(greater).toContain('The highest mean R² is 0.9200, of full, the baseline');
    expect(greater).toContain('none is better than the baseline, 4 are worse');
    expect(greater).toContain('Up and to the right is better');
  });
});
