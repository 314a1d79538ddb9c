import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { RunSummary } from '@dpquant/training';
import { npyFile, npzFile } from '../testing/ownFiles.ts';
import { dpquant } from '../testing/recordedCommand.ts';

jest.setTimeout(120_000);

/** People with four images each, of a class that its brightness tells. */
const people = 100;
const rows = 4 * people;

function archive(brightness = 20): Buffer {
  const classes = Uint8Array.from({ length: rows }, (_, i) => (i >> 2) % 2);
  const pixels = Uint8Array.from(
    { length: rows * 64 },
    (_, i) => brightness + 150 * classes[i >> 6]! + (i % 7),
  );
  const person = Uint8Array.from({ length: rows }, (_, i) => i >> 2);
  return Buffer.from(
    npzFile({
      x: npyFile([rows, 8, 8, 1], pixels),
      y: npyFile([rows], classes),
      person: npyFile([rows], person),
    }),
  );
}

let folder: string;
let summary: RunSummary;
const path = (...names: string[]) => join(folder, ...names);

/** What `evaluate` says of the run on a data set. */
async function evaluate(...data: string[]) {
  const args = data.flatMap((name) => ['--data', name]);
  const { code, out, err } = await dpquant('evaluate', path('run'), '--json', ...args);
  expect(code).toBe(0);
  const { examples, accuracy, guarantee } = JSON.parse(out) as {
    examples: number;
    accuracy: number;
    guarantee: string;
  };
  return { err, examples, accuracy, guarantee };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dpquant-'));
  writeFileSync(path('x.npz'), archive());
  const { code, out } = await dpquant(
    ...['train', '--data', path('x.npz'), '--privacy-unit', 'person', '--class-count', '2'],
    ...['--model', 'mlp', '--policy', 'full', '--batch-size', '20', '--epochs', '2'],
    ...['--delta', '1e-3', '--seed', '3', '--json', '--out', path('run')],
  );
  expect(code).toBe(0);
  summary = JSON.parse(out) as RunSummary;
});
afterAll(() => rm(folder, { recursive: true }));

describe('evaluate', () => {
  it("takes the run's public part, whatever path leads to its data", async () => {
    const own = await evaluate();
    expect(own).toMatchObject({ guarantee: 'differential privacy', accuracy: summary.accuracy });
    // Whole people: a split of rows would hold some of everybody.
    expect(own.examples % 4).toBe(0);
    expect(own.examples).toBeLessThan(rows / 2);
    symlinkSync(folder, `${folder}-link`);
    cpSync(path('x.npz'), path('copy.npz'));
    const relativePath = relative(process.cwd(), path('x.npz'));
    const names = [path('x.npz'), relativePath, `./${relativePath}`, path('copy.npz')];
    for (const name of [...names, join(`${folder}-link`, 'x.npz')]) {
      expect(await evaluate(name)).toEqual(own);
    }
    await rm(`${folder}-link`);
  });

  it('takes the split of --split-seed, whatever the seed of the run', async () => {
    const { code } = await dpquant(
      ...['train', '--data', path('x.npz'), '--privacy-unit', 'person', '--class-count', '2'],
      ...['--model', 'mlp', '--policy', 'full', '--batch-size', '20', '--steps', '1', '--delta'],
      ...['1e-3', '--seed', '8', '--split-seed', '3', '--shift', '1', '--out', path('split')],
    );
    expect(code).toBe(0);
    const dataOf = (run: string) =>
      (JSON.parse(readFileSync(path(run, 'config.json'), 'utf8')) as { data: object }).data;
    expect(dataOf('split')).toEqual(dataOf('run'));
    expect(dataOf('split')).toMatchObject({ seed: 3 });
    const { out } = await dpquant('evaluate', path('split'), '--json');
    expect(JSON.parse(out)).toMatchObject({ guarantee: 'differential privacy' });
  });

  it('says what is missing in a damaged run', async () => {
    cpSync(path('run'), path('damaged'), { recursive: true });
    for (const text of ['{}', 'null', '[]', '{"options":{}}']) {
      writeFileSync(path('damaged', 'config.json'), text);
      const { code, err } = await dpquant('evaluate', path('damaged'));
      expect([code, err]).toEqual([2, [expect.stringMatching(/does not say what the run was on/)]]);
    }
  });

  it('says that there is no guarantee on other data, and on its own that have changed', async () => {
    writeFileSync(path('other.npz'), archive(21));
    const other = await evaluate(path('other.npz'));
    expect(other.guarantee).toBe('none');
    expect(other.err).toEqual([
      expect.stringMatching(/^guarantee: none: \S+other.npz is not known to be/),
    ]);
    writeFileSync(path('x.npz'), archive(21));
    const changed = await evaluate();
    expect(changed.guarantee).toBe('none');
    expect(changed.err[0]).toMatch(/examples that were private/);
    const { out } = await dpquant('evaluate', path('run'));
    expect(out).toMatch(/^accuracy \S+ % on \d+ examples of \S+x.npz$/);
  });
});
