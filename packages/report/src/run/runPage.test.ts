import { describe, expect, it } from '@jest/globals';
import { exampleRun, resnetLayers } from '../testing/exampleRecords.ts';
import { documentOf, expectAccessible, expectSelfContained, textOf } from '../testing/pages.ts';
import { runPage } from './runPage.ts';

const run = exampleRun();

describe('the page of a run', () => {
  it('states result and guarantee in words', () => {
    const text = textOf(runPage(run));
    expect(text).toContain('small-cnn on digits.npz reached 84.50 % accuracy on the public part');
    expect(text).toContain(
      'differentially private with ε = 3.000 at δ = 10⁻⁵, under adding or removing one example',
    );
    expect(text).toContain('75 % of the layers ran in luq-fp4');
    expect(text).toContain('8,000 private examples');
    expect(text).toContain('privacy loss distributions (PLD)');
    expect(text).toContain('theoretical speed-up 2.58×');
    expect(text).toContain('1,414/s');
    expect(text).not.toContain('Not finished');
  });

  it('states whether sums are exact, if the run has recorded it', () => {
    const { summary } = run;
    const of = (arithmetic?: string) =>
      textOf(runPage({ ...run, summary: { ...summary, arithmetic } }));
    expect(of('exact')).toContain(
      'sums exact: the contribution of each is a vector of whole numbers',
    );
    expect(of('float')).toContain('sums up to float rounding: the contribution of each may depend');
    for (const unknown of [undefined, 'approximate']) {
      expect(of(unknown)).not.toMatch(/exact:|up to float rounding/);
    }
    const goingOn = { ...run, summary: null };
    const metrics = run.metrics.map((record) => ({ ...record, arithmetic: 'float' }));
    expect(textOf(runPage({ ...goingOn, metrics }))).toContain('sums up to float rounding');
  });

  it('states the step of the noise, unless all steps have the same', () => {
    const withRatio = (noiseRatio?: number) => {
      const options = { ...run.config.options, noiseRatio };
      return textOf(runPage({ ...run, config: { ...run.config, options } }));
    };
    expect(withRatio(1)).toContain('noise multiplier 1.057');
    for (const ratio of [0.5, undefined]) {
      expect(withRatio(ratio)).toContain('noise multiplier of the first step 1.057');
    }
  });

  it.each([
    ['of four layers', exampleRun()],
    ['of one epoch', exampleRun({ epochs: 1 })],
    ['of ResNet-18', exampleRun({ layers: resnetLayers, epochs: 10, hasProbabilities: true })],
    ['with parts of epochs', exampleRun({ epochs: 2, parts: 4, hasProbabilities: true })],
    ['of ten thousand epochs', exampleRun({ epochs: 10_000 })],
    ['that has just begun', { ...run, metrics: [], schedule: [], summary: null }],
    ['without fields', { name: '', config: {}, metrics: [], schedule: [], summary: null }],
  ])('is self-contained and accessible for a run %s', (_, records) => {
    const page = runPage(records);
    expectSelfContained(page);
    expectAccessible(page);
    expect(page).not.toMatch(/undefined|NaN|\[object/);
  });

  it('stays below a megabyte for a thousand epochs of 400 layers', () => {
    const layers = Array.from({ length: 400 }, (_, i) => `stage${i}-block2-conv1`);
    const page = runPage(exampleRun({ layers, epochs: 1000, hasProbabilities: true }));
    expectSelfContained(page);
    expect(textOf(page)).toContain('Of 400 layers the first 250 are shown');
    expect(textOf(page)).toContain('Of 1000 epochs one in 125 is shown');
  });

  it('has a cell for each layer and epoch, with the format as letter and in the table', () => {
    const document = documentOf(runPage(run));
    const figure = [...document.querySelectorAll('figure')].find((each) =>
      each.textContent.includes('Formats of the layers'),
    )!;
    expect(figure.querySelectorAll('svg rect')).toHaveLength(12);
    const legend = [...figure.querySelectorAll('.legend li')].map(({ textContent }) =>
      textContent.replaceAll(/\s+/g, ''),
    );
    expect(legend).toEqual(['Aluq-fp4', '–float32']);
    const rows = [...figure.querySelectorAll('tbody tr')].map((row) =>
      [...row.querySelectorAll('th, td')].map(({ textContent }) => textContent),
    );
    expect(rows).toEqual(
      Object.keys(run.schedule[0]!.layers).map((layer) => [
        layer,
        ...run.schedule.map(({ layers }) => layers[layer]),
      ]),
    );
  });

  it('labels columns by steps if decisions are made within an epoch', () => {
    const document = documentOf(runPage(exampleRun({ epochs: 2, parts: 4 })));
    const heads = [...document.querySelectorAll('details table')][0]!.querySelectorAll('thead th');
    expect([...heads].map(({ textContent }) => textContent)).toEqual(
      ['layer', 1, 5, 9, 13, 17, 21, 25, 29].map(String),
    );
  });

  it('lists given settings first, and shows no folders', () => {
    const page = runPage(run);
    const [given, others] = [...documentOf(page).querySelectorAll('table.settings')].map((table) =>
      [...table.querySelectorAll('tbody th')].map(({ textContent }) => textContent.trim()),
    );
    expect(given).toEqual(['data', 'epochs']);
    expect(others).toContain('learning-rate-schedule');
    expect(others).not.toContain('data');
    expect(page).not.toContain('/home/somebody');
    expect(textOf(page)).toContain('seed 2038358363');
  });

  it.each([
    ['insecureSeed', { insecureSeed: 4 }, 'its noise can be reproduced (insecure-seed)'],
    [
      'privacy',
      { privacy: false },
      'it was trained as a baseline, with neither clipping nor noise (no-privacy)',
    ],
  ])('says that there is no guarantee under %s', (_, options, why) => {
    const { config } = run;
    const text = textOf(
      runPage({
        ...run,
        config: { ...config, options: { ...config.options, ...options } },
        // The settings are sufficient, whatever the other records say.
        summary: run.summary,
      }),
    );
    expect(text).toContain(`It has no privacy guarantee: ${why}`);
    expect(text).not.toContain('It is differentially private');
    expect(text).not.toContain('ε guaranteed');
  });

  it('claims no guarantee that no record states', () => {
    const { spending, ...rest } = run;
    const { guarantee, ...summary } = run.summary!;
    const text = textOf(runPage({ ...rest, config: {}, summary }));
    expect(text).toContain('It has no privacy guarantee: its records do not say that there is one');
    expect(text).toContain('config.json is of another version');
  });

  it('shows for an unfinished run what was spent, and its progress', () => {
    const text = textOf(
      runPage({
        ...run,
        metrics: run.metrics.slice(0, 1),
        summary: null,
        spending: { ...run.spending!, total: 1.9, steps: 21 },
      }),
    );
    expect(text).toContain('has reached 77.00 % accuracy');
    expect(text).toContain('It has spent ε = 1.900 of the 3.000 it may spend at δ = 10⁻⁵');
    expect(text).toContain(
      'Not finished when this page was made: 1 of 3 epochs ended, 21 of 48 steps charged',
    );
    expect(text).toContain('ε spent so far');
    expect(text).not.toContain('ε guaranteed');
  });

  it('shows each part of ε, including what was imported', () => {
    const parts = { training: 1.5, analyses: 0.2, imported: 1 };
    const page = runPage({ ...run, spending: { ...run.spending!, parts } });
    const label = [...documentOf(page).querySelectorAll('svg')]
      .map((svg) => svg.getAttribute('aria-label')!)
      .find((each) => each.startsWith('What took'));
    expect(label).toContain('training steps: 1.500');
    expect(label).toContain('analyses that steer the layers: 0.200');
    expect(label).toContain('spent before, on the initial weights: 1.000');
  });
});
