import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import * as tfl from '@tensorflow/tfjs-layers';
import { startBackend } from '@dpquant/backends';
import { modelFiles } from '@dpquant/models/node';
import { SeededRandom, uniform } from '@dpquant/random';
import type { RunSummary } from '@dpquant/training';
import { npyFile, npzFile } from '../testing/ownFiles.ts';
import { dpquant } from '../testing/recordedCommand.ts';
import { json, lines } from '../testing/shortRun.ts';

jest.setTimeout(120_000);

const tensorflow = createRequire(join(process.cwd(), 'package.json')).resolve(
  '@tensorflow/tfjs-core',
);
const rows = 2000;
let folder: string;
const path = (...names: string[]) => join(folder, ...names);

/** An input of four numbers and one of a single number, which tell side and sum together. */
function arrays() {
  const random = new SeededRandom(1, 'rows of arrays');
  const drawn = (columns: number) =>
    Float32Array.from({ length: rows * columns }, () => 2 * uniform(random) - 1);
  const [left, right] = [drawn(4), drawn(1)];
  const sums = right.map(
    (value, row) => 0.8 * value + 0.8 * left[4 * row]! - 0.4 * left[4 * row + 1]!,
  );
  return {
    left: npyFile([rows, 4], left),
    right: npyFile([rows], right),
    side: npyFile(
      [rows],
      Uint8Array.from(sums, (sum) => Number(sum > 0)),
    ),
    sum: npyFile([rows, 1], sums),
    bytes: npyFile(
      [rows, 4],
      Uint8Array.from(left, (value) => 127 + 127 * value),
    ),
    few: npyFile([rows - 1], sums.subarray(1)),
  };
}

/** Joins its inputs; gives an output for each of these names. */
function model(outputs: Readonly<Record<string, number>>, ofRight = [1]): tfl.LayersModel {
  const inputs = [
    tfl.input({ name: 'left', shape: [4] }),
    tfl.input({ name: 'right', shape: ofRight }),
  ];
  const kernelInitializer = tfl.initializers.glorotUniform({ seed: 1 });
  const joined = tfl.layers.concatenate().apply(inputs) as tfl.SymbolicTensor;
  const hidden = tfl.layers
    .dense({ name: 'hidden', units: 16, activation: 'relu', kernelInitializer })
    .apply(joined) as tfl.SymbolicTensor;
  const given = Object.entries(outputs).map(
    ([name, units]) =>
      tfl.layers.dense({ name, units, kernelInitializer }).apply(hidden) as tfl.SymbolicTensor,
  );
  return tfl.model({ inputs, outputs: given });
}

async function train(...flags: string[]) {
  const { code, out, err } = await dpquant(
    ...['train', '--data', path('rows.npz'), '--model', path('both'), '--json'],
    ...['--batch-size', '200', '--epochs', '6', '--learning-rate-schedule', 'linear'],
    ...flags,
  );
  const summary = (out === '' ? null : JSON.parse(out)) as RunSummary;
  return { code, err: err.join('\n'), summary };
}

const byTask = ['--task', 'side=classification,sum=regression'];
const byName = ['--inputs', 'left,right', ...byTask];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dpquant-several-'));
  writeFileSync(path('rows.npz'), npzFile(arrays()));
  await startBackend('cpu');
  await model({ side: 2, sum: 1 }).save(modelFiles(path('both')));
  await model({ side: 2 }).save(modelFiles(path('side')));
});
afterAll(() => rm(folder, { recursive: true }));

describe('dpquant train with a model of several inputs and outputs', () => {
  it('learns all tasks at once, by the arrays of their names', async () => {
    const { code, summary, err } = await train(
      ...[...byTask, '--class-names', 'side=below,above', '--seed', '3', '--out', path('run')],
    );
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(summary.accuracy).toBeNull();
    expect(json(path('run', 'config.json'))).toMatchObject({ options: { inputs: 'left,right' } });
    expect(summary.metrics['side.accuracy']).toBeGreaterThan(0.9);
    expect(summary.metrics['sum.r2']).toBeGreaterThan(0.8);
    expect(summary.classReports!['side']!.confusionMatrix!.flat()).toHaveLength(4);
    expect(summary.classReports!['side']!.classes.map(({ name }) => name)).toEqual([
      'below',
      'above',
    ]);
    const { validationMetrics } = lines(path('run', 'metrics.jsonl')).at(-1)!;
    expect(validationMetrics).toEqual(summary.metrics);
    expect(err).toMatch(/validation side.accuracy 9\d\.\d+ %, .*sum.r2 0\.\d+/);
    const { out } = await dpquant('evaluate', path('run'), '--json');
    expect(JSON.parse(out)).toMatchObject({
      metrics: summary.metrics,
      classReports: summary.classReports,
      guarantee: 'differential privacy',
    });
    const copy = path('copy.npz');
    writeFileSync(copy, npzFile(arrays()));
    const other = await dpquant('evaluate', path('run'), '--data', copy);
    expect(other.out).toMatch(/^side.accuracy 9.*sum.rmse .* on the 400 public examples of/);
  });

  it('goes on to the weights of a run that was not stopped', async () => {
    const flags = [...byName, '--insecure-seed', '5', '--epochs', '2'];
    expect((await train(...flags, '--out', path('whole'))).code).toBe(0);
    const out = path('stopped');
    const running = train(...flags, '--out', out);
    while (!existsSync(join(out, 'schedule.jsonl'))) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    process.emit('SIGINT');
    const { code } = await running;
    expect(code).toBe(130);
    expect((await dpquant('train', '--resume', '--out', out)).code).toBe(0);
    const weights = (run: string) => readFileSync(path(run, 'model', 'weights.bin'));
    expect(weights('stopped').equals(weights('whole'))).toBe(true);
  });

  it('learns one task of several inputs, whose arrays may have other names', async () => {
    const flags = ['--inputs', 'left=bytes,right', '--targets', 'side', '--class-count', '2'];
    const own = ['--model', path('side'), '--seed', '3', '--out', path('one')];
    const { code, summary, err } = await train(...flags, ...own);
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(summary.accuracy).toBeGreaterThan(0.8);
    expect(summary.classes).toHaveLength(2);
    const diagnosed = await dpquant('diagnose', path('one'), '--steps', '2', '--points', '2');
    expect(diagnosed).toMatchObject({ code: 0 });
  });

  it('learns tasks of one’s own, with weights, from a module', async () => {
    writeFileSync(
      path('tasks.js'),
      `import * as tf from '${tensorflow}';
      const absolute = {
        name: 'absolute',
        loss: (outputs, targets) =>
          tf.sum(tf.abs(tf.sub(outputs, tf.reshape(targets, outputs.shape))), 1),
        targetShape: [],
        metrics: { within: ({ outputs, targets, count }) =>
          outputs.filter((output, i) => Math.abs(output - targets[i]) < 0.3).length / count },
      };
      const pair = { ...absolute, name: 'pair', targetShape: (shape) => [[]], loss: (outputs, targets) =>
        tf.sum(tf.square(tf.sub(outputs, tf.reshape(targets, [-1, 1]))), 1) };
      export default {
        name: 'both', outputs: { side: pair, sum: absolute }, weights: { side: 0.25, sum: 1 },
        score: { metric: 'sum.within', better: 'greater' },
      };`,
    );
    const flags = ['--task', path('tasks.js'), '--seed', '3', '--out', path('own')];
    const { code, summary, err } = await train(...flags);
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(Object.keys(summary.metrics)).toEqual(['side.within', 'sum.within']);
    expect(summary.metrics['sum.within']).toBeGreaterThan(0.5);
    expect(summary.classReports).toBeUndefined();
    const untold = await dpquant('evaluate', path('own'));
    expect(untold).toMatchObject({ code: 2, err: [expect.stringMatching(/add --task/)] });
    const told = await dpquant('evaluate', path('own'), '--task', path('tasks.js'));
    expect(told.out).toMatch(/^side.within [01]\.\d+, sum.within [01]\.\d+ on/);
  });

  it('tells of them by dpquant data', async () => {
    const { out } = await dpquant(
      'data',
      path('rows.npz'),
      '--inputs',
      'left,right',
      '--targets',
      'side,sum',
    );
    expect(out).toMatch(/shape of one +left 4, right 1\n *targets of one +side 1, sum 1/);
  });

  it.each([
    [
      'one name',
      ['--inputs', 'left', '--targets', 'side'],
      /"\S*rows.npz" has one input, the model the inputs left, right; .*--inputs left,right/,
    ],
    [
      'no task for each output',
      ['--inputs', 'left,right', '--targets', 'side'],
      /has one target, the model the outputs side, sum; .*--task side=…,sum=…/,
    ],
    [
      'an array that is not there',
      ['--inputs', 'left,up', '--task', 'side=classification,sum=regression'],
      /expected an array up, got left, right, .*inputs \(--inputs\)/,
    ],
    [
      'an input of another name',
      ['--inputs', 'left,up=right', '--task', 'side=classification,sum=regression'],
      /has the inputs left, up, the model the inputs left, right/,
    ],
    [
      'an input of another shape',
      ['--inputs', 'left,right=left', '--task', 'side=classification,sum=regression'],
      /has examples of shape \[4\] of "right", the model takes \[1\]/,
    ],
    [
      'a count that differs',
      [...byName, '--targets', 'side,sum=few'],
      /as many examples in each .*2000 of side .*1999 of sum/,
    ],
    [
      'a task of another output',
      ['--inputs', 'left,right', '--task', 'side=classification,few=regression'],
      /has the targets side, few, the model the outputs side, sum|as many examples/,
    ],
    [
      'a task that is none of an output',
      ['--inputs', 'left,right', '--task', 'side=binary,sum=regression'],
      /task 'binary': expected a model with one logit, got outputs \[2\]/,
    ],
    [
      'an unknown task',
      ['--task', 'side=classification,sum=ranking'],
      /Expected a task for each output, of classification, binary/,
    ],
    [
      'a built-in network',
      [...byName, '--model', 'mlp'],
      /mlp has one input and one output, the data have left, right/,
    ],
    [
      'class weights',
      [...byName, '--class-weights', '1,2'],
      /class-weights: are for one output; .*severalTasks/,
    ],
    [
      'class names of another output',
      [...byName, '--class-names', 'age=a,b'],
      /class-names: expected names for outputs of side, sum, got age/,
    ],
    ['class names', [...byName, '--class-names', 'a,b'], /class-names.* is for one target/],
    ['a new head', [...byName, '--new-head'], /^dpquant: new-head: is for a model with one input/m],
    [
      'a table',
      [...byName, '--data', 'rows.csv'],
      /several inputs or targets are read from .npz; save all of them together/,
    ],
    ['an augmentation', [...byName, '--flip'], /expected images \[height, width, channels\]/],
  ])('refuses %s before anything is charged', async (_, flags, error) => {
    writeFileSync(path('rows.csv'), 'a,class\n1,0\n2,1\n');
    const given = flags.map((flag) => (flag === 'rows.csv' ? path(flag) : flag));
    const { code, err } = await train(...given, '--seed', '1', '--out', path('refused'));
    expect({ code, err }).toEqual({ code: expect.any(Number), err: expect.stringMatching(error) });
    expect(code).not.toBe(0);
  });
});
