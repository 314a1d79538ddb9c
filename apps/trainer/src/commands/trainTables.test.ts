import { writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { SeededRandom, uniform } from '@dpquant/random';
import type { RunSummary } from '@dpquant/training';
import { npyFile, npzFile } from '../testing/ownFiles.ts';
import { dpquant } from '../testing/recordedCommand.ts';

jest.setTimeout(120_000);

let folder: string;
const path = (...names: string[]) => join(folder, ...names);
const rows = 3000;

const withoutLastColumn = (table: string) => table.replaceAll(/,[^,\n]*$/gm, '');

/** Homes whose price is a line of two numbers, with noise: its R² is 0.93. */
function homes(seed = 5): string {
  const random = new SeededRandom(seed, 'homes');
  const drawn = () => 2 * uniform(random) - 1;
  const lines = Array.from({ length: rows }, () => {
    const [size, age] = [drawn(), drawn()];
    const line = 0.6 * size - 0.4 * age;
    // Uniform within ±0.2: a variance of 0.0133, beside 0.1733 of the line.
    const price = Math.round(200_000 + 100_000 * (line + 0.2 * drawn()));
    const [isSold, isNew] = [Number(size > 0), Number(age > 0)];
    // Of every second home the sale is told wrong, and weighs nothing.
    const isWrong = uniform(random) < 0.5;
    const told = isWrong ? 1 - isSold : isSold;
    return [size.toFixed(4), age.toFixed(4), price, isSold, isNew, told, isWrong ? 0 : 1];
  });
  return ['size,age,price,sold,new,told,weight', ...lines.map((cells) => cells.join(','))].join(
    '\n',
  );
}

const drops = (...names: string[]) => {
  const all = ['price', 'sold', 'new', 'told', 'weight'];
  return ['--drop', all.filter((name) => !names.includes(name)).join(',')];
};

async function train(name: string, file: string, ...flags: string[]) {
  const { code, out, err } = await dpquant(
    ...['train', '--data', path(file), '--model', 'mlp', '--policy', 'probabilistic'],
    ...['--batch-size', '300', '--epochs', '8'],
    ...['--seed', '3', '--json', '--out', path(name), ...flags],
  );
  const summary = (out === '' ? null : JSON.parse(out)) as RunSummary;
  return { code, err: err.join('\n'), summary };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dpquant-columns-'));
  writeFileSync(path('homes.csv'), homes());
});
afterAll(() => rm(folder, { recursive: true }));

describe('dpquant train on columns of a table', () => {
  it('learns a number, up to its known R², on a public scale', async () => {
    const flags = ['--task', 'regression', '--targets', 'price', ...drops('price')];
    const scale = ['--standardization', 'price=200000,50000'];
    const { code, err, summary } = await train('price', 'homes.csv', ...flags, ...scale);
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(summary.metrics['r2']).toBeGreaterThan(0.85);
    expect(summary.metrics['r2']).toBeLessThan(0.96);
    expect(err).not.toMatch(/warning: price/);
    const { out } = await dpquant('evaluate', path('price'));
    expect(out).toMatch(/^r2 0\.\d+, mae .*, rmse .* on the 600 public examples/);
    // Other tables are read by the flags of the run, or by what stands beside them.
    writeFileSync(path('alike.csv'), homes(8));
    const alike = await dpquant('evaluate', path('price'), '--data', path('alike.csv'));
    expect(alike.out).toMatch(/^r2 0\.[89]\d+, .* on 600 examples of/);
    writeFileSync(path('none.csv'), 'size,age\n1,2\n');
    const none = await dpquant('evaluate', path('price'), '--data', path('none.csv'));
    expect(none.err.join('\n')).toMatch(/none.csv: expected a column price, got size, age/);
    writeFileSync(path('more.csv'), homes(7));
    const standardization = { price: { mean: 200_000, deviation: 50_000 } };
    const drop = ['sold', 'new', 'told', 'weight'];
    const beside = { targets: 'price', drop, standardization };
    writeFileSync(path('more.csv.json'), JSON.stringify(beside));
    const more = await dpquant('evaluate', path('price'), '--data', path('more.csv'), '--json');
    const { metrics } = JSON.parse(more.out) as RunSummary;
    expect(metrics['r2']).toBeGreaterThan(0.85);
  });

  it('learns several numbers and several labels', async () => {
    const numbers = ['--task', 'regression', '--targets', 'price,age', ...drops('price')];
    const scale = ['--standardization', 'price=200000,50000'];
    const both = await train('both', 'homes.csv', ...numbers, ...scale);
    expect(both).toMatchObject({ code: 0 });
    expect(both.summary.metrics).toHaveProperty('r2');
    const labels = ['--task', 'multilabel', '--targets', 'sold,new', ...drops('sold', 'new')];
    const { code, summary } = await train('labels', 'homes.csv', ...labels);
    expect(code).toBe(0);
    expect(summary.metrics['f1']).toBeGreaterThan(0.9);
    expect(summary.classes!.map(({ name }) => name)).toEqual(['sold', 'new']);
  });

  it('learns yes or no, and goes by weights where a column has them', async () => {
    const flags = ['--task', 'binary', '--targets', 'sold', '--class-names', '0,1'];
    const plain = await train('sold', 'homes.csv', ...flags, ...drops('sold'));
    expect(plain).toMatchObject({ code: 0 });
    expect(plain.summary.metrics['accuracy']).toBeGreaterThan(0.9);
    const told = ['--targets', 'told', '--class-names', '0,1', '--weights', 'weight'];
    const weighted = await train('told', 'homes.csv', ...told, ...drops('told', 'weight'));
    expect(weighted).toMatchObject({ code: 0 });
    // Half of what is measured is told wrong; of the truth it has learned nearly all.
    expect(weighted.summary.metrics['accuracy']).toBeLessThan(0.65);
    writeFileSync(path('true.csv'), withTruth(await readFile(path('homes.csv'), 'utf8')));
    const drop = ['price', 'sold', 'new'];
    const beside = { targets: 'told', classNames: ['0', '1'], weights: 'weight', drop };
    writeFileSync(path('true.csv.json'), JSON.stringify(beside));
    const evaluated = ['evaluate', path('told'), '--data', path('true.csv'), '--json'];
    const { code, out, err } = await dpquant(...evaluated);
    expect({ code, err: err.join('\n') }).toEqual({ code: 0, err: expect.any(String) });
    expect((JSON.parse(out) as { accuracy: number }).accuracy).toBeGreaterThan(0.9);
    // Metrics do not go by weights: other data need none.
    const unweighted = withoutLastColumn(await readFile(path('true.csv'), 'utf8'));
    writeFileSync(path('unweighted.csv'), unweighted);
    const { weights, ...rest } = beside;
    writeFileSync(path('unweighted.csv.json'), JSON.stringify({ ...rest, drop: [] }));
    const other = await dpquant('evaluate', path('told'), '--data', path('unweighted.csv'));
    expect(other).toMatchObject({ code: 0, out: expect.stringMatching(/^accuracy 9\d\./) });
  });

  it('refuses before anything is charged what is none of the task, with what to do', async () => {
    const refused = async (pattern: RegExp, ...flags: string[]) => {
      const { code, err } = await train('refused', 'homes.csv', ...flags);
      expect({ code, err }).toEqual({
        code: expect.any(Number),
        err: expect.stringMatching(pattern),
      });
      expect(code).not.toBe(0);
    };
    await refused(/several columns are labels or numbers/, '--targets', 'sold,new');
    await refused(/expected a column target, got size/, '--task', 'regression');
    const labels = ['--task', 'multilabel', '--targets', 'sold,price'];
    await refused(/labels of 0 and 1/, ...labels);
    await refused(
      /row \d+, column price: expected a weight from 0 to 1/,
      ...['--targets', 'sold', '--class-names', '0,1', '--weights', 'price'],
    );
  });

  it('takes one-hot targets of an array as classes', async () => {
    const random = new SeededRandom(2, 'one-hot');
    const x = Float32Array.from({ length: 4000 }, () => 2 * uniform(random) - 1);
    const isRight = (row: number) => x[2 * row]! > 0;
    const y = Float32Array.from({ length: 4000 }, (_, i) =>
      Number((i % 2 === 1) === isRight(Math.floor(i / 2))),
    );
    writeFileSync(path('hot.npz'), npzFile({ x: npyFile([2000, 2], x), y: npyFile([2000, 2], y) }));
    const { code, err, summary } = await train('hot', 'hot.npz', '--task', 'classification');
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(summary.accuracy).toBeGreaterThan(0.9);
    expect(err).not.toMatch('counted from the private labels');
  });
});

/** The table with the truth in the place of what was told. */
const withTruth = (text: string) => text.replace('sold,new,told', 'told,new,sold');

describe('dpquant data', () => {
  it('tells the targets and weights of a table by its task', async () => {
    const flags = ['--task', 'regression', '--targets', 'price,age', '--weights', 'weight'];
    const { code, out } = await dpquant('data', path('homes.csv'), ...flags);
    expect(code).toBe(0);
    expect(out).toMatch(/^targets +2: price, age$/m);
    expect(out).toMatch(/^weights +from 0 to 1$/m);
    expect(out).not.toMatch(/^classes/m);
    const json = await dpquant('data', path('homes.csv'), ...flags, '--json');
    expect(JSON.parse(json.out)).toMatchObject({ targetShape: [2], greatestWeight: 1 });
  });

  it('drafts what is public about them', async () => {
    const flags = ['--task', 'regression', '--targets', 'price', '--draft-sidecar'];
    const { code, err } = await dpquant('data', path('homes.csv'), ...flags);
    expect({ code, err: err.join('\n') }).toEqual({
      code: 0,
      err: expect.stringMatching(
        /"targets": price: taken for numbers: train with --task regression/,
      ),
    });
    await rm(path('homes.csv.json'));
  });
});
