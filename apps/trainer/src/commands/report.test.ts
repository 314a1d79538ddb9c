import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import type { ComparisonRecord } from '@dpquant/report';
import type { RunSummary } from '@dpquant/training';
import { dpquant, recorder } from '../testing/recordedCommand.ts';
import { json, shortRuns } from '../testing/shortRun.ts';
import { temporaryFolder } from '../testing/temporaryFolder.ts';
import { RunPage } from '../report/runPage.ts';
import { writeReport } from '../report/writeReport.ts';

jest.setTimeout(120_000);

const folder = temporaryFolder();
const { train } = shortRuns();

/** The page in a folder, with single blanks. */
const pageIn = (path: string) =>
  readFileSync(join(path, 'report.html'), 'utf8').replaceAll(/[ \n]+/g, ' ');

/** The least of a run, as a folder. */
async function smallRun(path: string, options: object = { data: 'mnist', delta: 1e-5 }) {
  await mkdir(path, { recursive: true });
  await writeFile(join(path, 'config.json'), JSON.stringify({ options }));
  const epochs = [0, 1].map((epoch) =>
    JSON.stringify({ epoch, validationAccuracy: 0.5 + epoch / 4 }),
  );
  await writeFile(join(path, 'metrics.jsonl'), epochs.map((line) => `${line}\n`).join(''));
}

function comparison(cells: readonly string[]): ComparisonRecord {
  const score = { mean: 0.75, standardDeviation: null, n: 1 };
  return {
    score: { metric: 'accuracy', better: 'greater' },
    ...{ version: 2, command: 'dpquant compare', shared: { model: 'mlp' }, seeds: [1] },
    ...{ splitSeed: 1, confidence: 0.95, composedEpsilon: 4.2, delta: 1e-5 },
    guarantee: 'differential privacy',
    table: [
      {
        ...{ row: 'full', label: 'full', settings: { policy: 'full' }, isBaseline: true },
        ...{ score, difference: null, theoreticalSpeedup: 1, measuredSpeedup: null },
        ...{ epsilon: 3, seconds: null },
      },
    ],
    runs: cells.map((cell) => ({ cell, row: 'full', seed: 1, state: 'finished' })),
    ...{ versions: { dpquant: '0' }, machine: 'a machine' },
  };
}

describe('report', () => {
  it('is written by train, and made anew to the same', async () => {
    const out = join(folder(), 'run');
    const { code, out: answer, err } = await train('--json', '--out', out);
    expect(code).toBe(0);
    expect(err).toContain(`Report: ${join(out, 'report.html')}`);
    const { accuracy } = JSON.parse(answer) as RunSummary;
    const page = pageIn(out);
    expect(page).toContain(`${(100 * accuracy!).toFixed(2)}\u00a0%`);
    expect(page).toContain('ε guaranteed');
    expect(page).toContain('Loss impacts');
    expect(page).toContain('What took how much of ε');
    // Where the data lie is not told to whoever gets the page.
    expect(page).not.toContain(folder());
    await rm(join(out, 'report.html'));
    const again = await dpquant('report', out, '--json');
    expect(again).toMatchObject({
      code: 0,
      out: JSON.stringify({ reports: [join(out, 'report.html')] }),
    });
    expect(pageIn(out)).toBe(page);
    // Nothing but the public and the released is read.
    const copy = join(folder(), 'copy', 'run');
    await cp(out, copy, { recursive: true });
    for (const name of ['checkpoint', 'model']) await rm(join(copy, name), { recursive: true });
    await writeReport(copy);
    expect(pageIn(copy)).toBe(page);
    expect(readdirSync(copy)).not.toContainEqual(expect.stringMatching(/tmp/));
  });

  it('says that there is no guarantee under an insecure seed', async () => {
    const out = join(folder(), 'run');
    await train('--insecure-seed', '3', '--policy', 'full', '--out', out);
    expect(pageIn(out)).toContain('It has no privacy guarantee');
    expect(pageIn(out)).not.toContain('ε guaranteed');
  });

  it('leaves out what a run of another version lacks', async () => {
    const out = join(folder(), 'run');
    await smallRun(out, {
      data: 'mnist',
      delta: 1e-5,
      unheardOf: [1, { a: null }],
      epochs: 'many',
    });
    writeFileSync(join(out, 'schedule.jsonl'), '{"epoch":0,"layers":{"conv":7}}\n{"epoch":');
    writeFileSync(join(out, 'ledger.json'), '{"entries":[]}');
    writeFileSync(join(out, 'summary.json'), '{"accuracy":"high","delta":"small","stopped":null}');
    expect((await dpquant('report', out)).code).toBe(0);
    expect(pageIn(out)).toContain('75.00');
    expect(pageIn(out)).toContain('its records do not say that there is one');
    expect(pageIn(out)).toContain('unheard-of');
  });

  it('refuses a folder without a run before it writes anything', async () => {
    const out = join(folder(), 'run');
    await smallRun(out);
    const nowhere = join(folder(), 'nowhere');
    const { code, err } = await dpquant('report', out, nowhere);
    expect([code, err]).toEqual([
      2,
      [
        `dpquant: ${nowhere}: there is no run (no config.json) and no comparison (no comparison.json); name a folder that ` +
          'dpquant train or dpquant compare has written',
      ],
    ]);
    expect(existsSync(join(out, 'report.html'))).toBe(false);
    writeFileSync(join(out, 'config.json'), '{"architectures":["other"]}');
    expect(await dpquant('report', out)).toMatchObject({
      code: 2,
      err: [expect.stringMatching(/config.json is not that of a run; name/)],
    });
    writeFileSync(join(out, 'config.json'), '{"options":');
    expect(await dpquant('report', out)).toMatchObject({
      code: 1,
      err: [expect.stringMatching(/config.json: is damaged.*restore a copy/)],
    });
    expect((await dpquant('report')).code).toBe(2);
  });

  it('makes the page of a comparison, without the runs that cannot be read', async () => {
    const path = join(folder(), 'comparison');
    const cells = ['full-seed1', 'full-seed2', 'full-seed3'];
    await smallRun(join(path, 'runs', cells[0]!));
    await smallRun(join(path, 'runs', cells[1]!));
    writeFileSync(join(path, 'runs', cells[1]!, 'config.json'), '{');
    writeFileSync(join(path, 'comparison.json'), JSON.stringify(comparison(cells)));
    expect((await dpquant('report', path)).code).toBe(0);
    expect(pageIn(path)).toContain('All 3 runs together have spent');
    expect(pageIn(path)).toContain('Ends at 75.00');
  });

  it.each([
    [
      'a cell outside of it',
      comparison(['../run']),
      /runs\.0\.cell is "\.\.\/run"\. Expected the name of a folder/,
    ],
    [
      'a missing field',
      { ...comparison([]), delta: undefined },
      /delta is missing\. Expected number/,
    ],
    ['another version', { ...comparison([]), version: 3 }, /version is 3/],
    ['nothing', null, /is not JSON; restore/],
  ])('refuses a comparison with %s', async (_, record, message) => {
    writeFileSync(join(folder(), 'comparison.json'), JSON.stringify(record));
    expect(await dpquant('report', folder())).toMatchObject({
      code: 2,
      err: [expect.stringMatching(message)],
    });
  });
});

describe('the page of a run that goes on', () => {
  it('never fails the run, and says once why it is missing', async () => {
    const { terminal, err } = recorder();
    const page = new RunPage(folder(), terminal);
    await smallRun(folder());
    await page.write();
    expect(existsSync(join(folder(), 'report.html'))).toBe(false);
    page.begin();
    // A folder cannot be replaced by a file.
    await mkdir(join(folder(), 'report.html'));
    await page.write();
    await page.write();
    expect(err).toEqual([
      expect.stringMatching(
        /^warning: the page of the run could not be made \(.*report\.html: cannot be written.*dpquant report/,
      ),
    ]);
    expect(page.path).toBeNull();
    expect(readdirSync(folder())).not.toContainEqual(expect.stringMatching(/tmp/));
    await rm(join(folder(), 'report.html'), { recursive: true });
    await page.write();
    expect(page.path).toBe(join(folder(), 'report.html'));
    expect(json(join(folder(), 'config.json'))).toBeDefined();
  });

  it('is not renewed more often than costs a few percent', async () => {
    const { terminal } = recorder();
    await smallRun(folder());
    const page = new RunPage(folder(), terminal);
    page.begin();
    await page.renew();
    await rm(join(folder(), 'report.html'));
    await page.renew();
    expect(existsSync(join(folder(), 'report.html'))).toBe(false);
    await page.write();
    expect(existsSync(join(folder(), 'report.html'))).toBe(true);
  });
});
