import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { RunSummary } from '@dpquant/training';
import { SeededRandom, uniform } from '@dpquant/random';
import { npyFile, npzFile } from '../testing/ownFiles.ts';
import { dpquant } from '../testing/recordedCommand.ts';
import { lines } from '../testing/shortRun.ts';

jest.setTimeout(120_000);

const tensorflow = createRequire(join(process.cwd(), 'package.json')).resolve(
  '@tensorflow/tfjs-core',
);
const rows = 2000;
const columns = 4;
let folder: string;
const path = (...names: string[]) => join(folder, ...names);

/** Rows whose first two numbers decide: their sign, their sum. */
function archive(
  targets: (a: number, b: number) => readonly number[],
  areBytes: boolean,
): Uint8Array {
  const random = new SeededRandom(1, 'rows of a table');
  const values = Float32Array.from({ length: rows * columns }, () => 2 * uniform(random) - 1);
  const all = Array.from({ length: rows }, (_, row) =>
    targets(values[row * columns]!, values[row * columns + 1]!),
  );
  const [first] = all;
  const shape = first!.length === 1 ? [rows] : [rows, first!.length];
  const numbers = all.flat();
  return npzFile({
    x: npyFile([rows, columns], values),
    y: npyFile(shape, areBytes ? Uint8Array.from(numbers) : Float32Array.from(numbers)),
  });
}

async function train(file: string, ...flags: string[]) {
  const { code, out, err } = await dpquant(
    ...['train', '--data', path(file), '--model', 'mlp', '--policy', 'probabilistic'],
    ...['--batch-size', '200', '--epochs', '6', '--learning-rate-schedule', 'linear'],
    ...['--seed', '3', '--json', ...flags],
  );
  return {
    code,
    err: err.join('\n'),
    summary: (out === '' ? null : JSON.parse(out)) as RunSummary,
  };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dpquant-tasks-'));
  writeFileSync(
    path('yes.npz'),
    archive((a, b) => [Number(a + b > 0)], true),
  );
  writeFileSync(
    path('labels.npz'),
    archive((a, b) => [Number(a > 0), Number(b > 0)], true),
  );
  writeFileSync(
    path('sums.npz'),
    archive((a, b) => [a + b], false),
  );
});
afterAll(() => rm(folder, { recursive: true }));

describe('dpquant train --task', () => {
  it('learns yes or no by one logit, with the classes one by one', async () => {
    const flags = ['--task', 'binary', '--class-names', 'no,yes', '--out', path('binary')];
    const { code, summary, err } = await train('yes.npz', ...flags);
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(summary.accuracy).toBeGreaterThan(0.9);
    expect(Object.keys(summary.metrics)).toEqual(['accuracy', 'balancedAccuracy', 'f1', 'rocAuc']);
    expect(summary.classes!.map(({ name }) => name)).toEqual(['no', 'yes']);
    expect(summary.confusionMatrix!.flat().reduce((a, b) => a + b)).toBe(400);
    const { out } = await dpquant('evaluate', path('binary'), '--json');
    expect(JSON.parse(out)).toMatchObject({ accuracy: summary.accuracy, metrics: summary.metrics });
  });

  it('learns several labels', async () => {
    const flags = ['--task', 'multilabel', '--out', path('multilabel')];
    const { code, summary } = await train('labels.npz', ...flags);
    expect(code).toBe(0);
    expect(summary.metrics['f1']).toBeGreaterThan(0.9);
    expect(summary.classes).toHaveLength(2);
  });

  it('learns a number, and tells of it by the metrics of a regression', async () => {
    const flags = ['--task', 'regression', '--out', path('regression')];
    const { code, summary, err } = await train('sums.npz', ...flags);
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(summary.accuracy).toBeNull();
    expect(summary.metrics['r2']).toBeGreaterThan(0.8);
    expect(err).toMatch(/validation r2 0\.\d+/);
    const { validationMetrics } = lines(path('regression', 'metrics.jsonl')).at(-1)!;
    expect(validationMetrics).toEqual(summary.metrics);
    const { out } = await dpquant('evaluate', path('regression'));
    expect(out).toMatch(/^r2 0\.\d+, mae .*, rmse .* on the 400 public examples/);
  });

  it('learns a task of one’s own, which a resumed run is to be told again', async () => {
    writeFileSync(
      path('cube.js'),
      `import * as tf from '${tensorflow}';
      export default {
        name: 'cube',
        loss: (outputs, targets) =>
          tf.sum(tf.pow(tf.abs(tf.sub(outputs, tf.reshape(targets, outputs.shape))), 3), 1),
        targetShape: [],
        metrics: { within: ({ outputs, targets, count }) =>
          outputs.filter((output, i) => Math.abs(output - targets[i]) < 0.5).length / count },
      };`,
    );
    const flags = ['--task', path('cube.js'), '--out', path('cube')];
    const { code, summary, err } = await train('sums.npz', ...flags);
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(summary.metrics['within']).toBeGreaterThan(0.5);
    const untold = await dpquant('evaluate', path('cube'));
    expect(untold).toMatchObject({ code: 2, err: [expect.stringMatching(/add --task/)] });
    const told = await dpquant('evaluate', path('cube'), '--task', path('cube.js'));
    expect(told.out).toMatch(/^within [01]\.\d+ on/);
  });

  it.each([
    ['targets that are no labels', 'sums.npz', 'multilabel', /task 'multilabel'.*'binary'/],
    ['more classes than two', 'three.npz', 'binary', /binary tells two classes apart.* has 3/],
    ['a file without numbers', 'words.csv', 'regression', /expected a finite number as the target/],
    ['a file that is no task', 'yes.npz', 'empty.js', /has no task as its default export/],
  ])('refuses %s before anything is charged', async (_, file, task, error) => {
    writeFileSync(
      path('three.npz'),
      archive((a, b) => [Number(a > 0) + Number(b > 0)], true),
    );
    writeFileSync(path('words.csv'), 'a,target\n1,no\n2,yes\n');
    writeFileSync(path('empty.js'), 'export default {};');
    const named = task.endsWith('.js') ? path(task) : task;
    const { code, err } = await train(file, '--task', named, '--out', path('refused'));
    expect({ code, err }).toEqual({ code: expect.any(Number), err: expect.stringMatching(error) });
    expect(code).not.toBe(0);
  });
});
