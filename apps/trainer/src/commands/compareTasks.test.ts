import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { SeededRandom, uniform } from '@dpquant/random';
import type { ComparisonRecord } from '@dpquant/report';
import { npyFile, npzFile } from '../testing/ownFiles.ts';
import { dpquant } from '../testing/recordedCommand.ts';
import { json } from '../testing/shortRun.ts';

jest.setTimeout(240_000);

const tensorflow = createRequire(join(process.cwd(), 'package.json')).resolve(
  '@tensorflow/tfjs-core',
);
const rows = 1000;
let folder: string;
const path = (...names: string[]) => join(folder, ...names);

/** A task whose score is an error, of which less is better. */
const ownTask = `import * as tf from ${JSON.stringify(tensorflow)};
export default {
  name: 'absolute',
  loss: (outputs, targets) => tf.tidy(() => tf.sum(tf.squaredDifference(outputs, tf.reshape(targets, [-1, 1])), 1)),
  targetShape: [],
  metrics: {
    size: ({ count }) => count,
    error: ({ count, outputs, targets }) =>
      outputs.reduce((sum, output, i) => sum + Math.abs(output - targets[i]), 0) / count,
  },
  score: { metric: 'error', better: 'less' },
};`;

const ofRuns = [
  ...['--model', 'mlp', '--batch-size', '100', '--epochs', '2', '--backend', 'wasm'],
  ...['--learning-rate', '0.1', '--epsilon', '8', '--delta', '1e-4'],
];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dpquant-compare-tasks-'));
  const random = new SeededRandom(1, 'rows of a table');
  const values = Float32Array.from({ length: rows * 3 }, () => 2 * uniform(random) - 1);
  const at = (row: number, column: number) => values[3 * row + column]!;
  const targets = (valueOf: (row: number) => number[]) =>
    Array.from({ length: rows }, (_, row) => valueOf(row)).flat();
  const x = npyFile([rows, 3], values);
  const sums = Float32Array.from(targets((row) => [at(row, 0) + at(row, 1)]));
  const signs = Uint8Array.from(targets((row) => [at(row, 0), at(row, 1)].map((v) => +(v > 0))));
  const yes = Uint8Array.from(targets((row) => [+(at(row, 0) > 0)]));
  writeFileSync(path('sums.npz'), npzFile({ x, y: npyFile([rows], sums) }));
  writeFileSync(path('labels.npz'), npzFile({ x, y: npyFile([rows, 2], signs) }));
  writeFileSync(path('yes.npz'), npzFile({ x, y: npyFile([rows], yes) }));
  writeFileSync(path('package.json'), '{"type":"module"}');
  writeFileSync(path('task.js'), ownTask);
});
afterAll(() => rm(folder, { recursive: true }));

const recordIn = (out: string) => json(path(out, 'comparison.json')) as ComparisonRecord;

async function compare(out: string, ...flags: string[]) {
  const { code, err } = await dpquant('compare', ...ofRuns, ...flags, '--out', path(out));
  return { code, said: err.join('\n') };
}

describe('dpquant compare --task', () => {
  it('compares regressions by r2, with its speeds, page and table', async () => {
    const flags = ['--data', path('sums.npz'), '--task', 'regression'];
    const policies = ['--policies', 'full,static', '--seeds', '2'];
    const { code, said } = await compare('regression', ...flags, ...policies);
    expect({ code, said }).toMatchObject({ code: 0 });
    expect(said).toMatch(/full-seed1: r2 -?\d\.\d+ in/);
    expect(said).toMatch(/^row +r2 +seeds +difference$/m);
    expect(said).toMatch(/^r2: on the public examples/m);
    const { score, table, runs } = recordIn('regression');
    expect(score).toEqual({ metric: 'r2', better: 'greater' });
    const [full, other] = table;
    const summaryOf = (cell: string) =>
      json(path('regression', 'runs', cell, 'summary.json')) as { metrics: { r2: number } };
    const found = ['full-seed1', 'full-seed2'].map((cell) => summaryOf(cell).metrics.r2);
    expect(full!.score!.mean).toBeCloseTo((found[0]! + found[1]!) / 2, 12);
    expect(runs.map((run) => run.score)).toEqual(expect.arrayContaining(found));
    expect(other!.difference!.mean).toBeCloseTo(other!.score!.mean - full!.score!.mean, 12);
    expect(other!.measuredSpeedup).toBeGreaterThan(0);
    expect(readFileSync(path('regression', 'table.csv'), 'utf8')).toMatch(/,r2,r2_standard_dev/);
    const page = readFileSync(path('regression', 'report.html'), 'utf8');
    expect(page).toMatch(/highest mean <bdi>R²<\/bdi>/);
    expect(page).not.toMatch(/accuracy/i);
  });

  it.each([
    ['binary', 'yes.npz', ['--class-names', 'no,yes'], 'accuracy'],
    ['multilabel', 'labels.npz', [], 'f1'],
  ])('compares %s runs by their score', async (task, file, more, metric) => {
    const flags = ['--data', path(file), '--task', task, ...more, '--policies', 'full'];
    const { code, said } = await compare(task, ...flags, '--seeds', '1', '--no-timing');
    expect({ code, said }).toMatchObject({ code: 0 });
    const { score, table } = recordIn(task);
    expect(score).toEqual({ metric, better: 'greater' });
    expect(table[0]!.score!.mean).toBeGreaterThan(0);
  });

  it('goes by the score of a task of the user’s own, and keeps to it', async () => {
    const flags = ['--data', path('sums.npz'), '--task', path('task.js'), '--seeds', '1'];
    const one = await compare('own', ...flags, '--policies', 'full', '--no-timing');
    expect(one).toMatchObject({ code: 0, said: expect.stringMatching(/; less is better$/m) });
    expect(recordIn('own').score).toEqual({ metric: 'error', better: 'less' });
    const { err } = await dpquant('compare', '--status', '--out', path('own'));
    expect(err.join('\n')).toMatch(/^row +error +seeds/m);
  });

  it('refuses rows of different tasks', async () => {
    const rowsOf = ['--row', 'task=binary', '--row', 'task=classification'];
    const { code, said } = await compare('mixed', '--data', path('yes.npz'), ...rowsOf);
    expect(code).toBe(2);
    expect(said).toMatch(/task: rows of different tasks have no score in common; give --task/);
  });
});

describe('dpquant diagnose of another task', () => {
  it('looks at gradients and operands of a regression', async () => {
    const run = path('regression', 'runs', 'full-seed1');
    const steps = ['--steps', '2', '--points', '2', '--format', 'luq-fp4', '--json'];
    const plain = await dpquant('diagnose', run, ...steps);
    expect(plain).toMatchObject({ code: 0 });
    const { layers } = JSON.parse(plain.out) as { layers: { relativeVariance: number }[] };
    expect(layers.some(({ relativeVariance }) => relativeVariance > 0)).toBe(true);
    const few = ['--steps', '1', '--draws', '2', '--train-steps', '2', '--format', 'int8'];
    const { code, out } = await dpquant('diagnose', run, '--ablate', 'operands', ...few);
    expect(code).toBe(0);
    expect(out).toMatch(/ r2$/m);
    expect(out).toMatch(/^none: float32 .* -?\d\.\d+$/m);
  });

  it('starts a program that the run names if the user says so', async () => {
    const run = path('own', 'runs', 'full-seed1');
    const steps = ['--steps', '1', '--points', '1'];
    const { code, err } = await dpquant('diagnose', run, ...steps);
    expect(code).toBe(2);
    expect(err.join()).toMatch(/has a task of its own, the program .*if you trust it, add --task/);
    expect((await dpquant('diagnose', run, ...steps, '--task', path('task.js'))).code).toBe(0);
  });
});
