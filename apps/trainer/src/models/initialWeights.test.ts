import { cpSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { gaussian, PrivacyLedger } from '@dpquant/accounting';
import { startBackend } from '@dpquant/backends';
import type { Dataset } from '@dpquant/data';
import { encodeSafetensors, pytorchNaming, smallCnn, storedWeights } from '@dpquant/models';
import { loadModel, modelFiles } from '@dpquant/models/node';
import { requireSameProtection } from '../run/initLedger.ts';
import type { RunSummary } from '@dpquant/training';
import type { RunConfig } from '../run/runRecords.ts';
import { npyFile, npzFile } from '../testing/ownFiles.ts';
import { dpquant } from '../testing/recordedCommand.ts';
import { resumedModel } from './startingModel.ts';

jest.setTimeout(120_000);

let folder: string;
const path = (...names: string[]) => join(folder, ...names);
const json = (...names: string[]) => JSON.parse(readFileSync(path(...names), 'utf8')) as unknown;
const ledgerOf = (run: string) => PrivacyLedger.fromJSON(json(run, 'ledger.json'));
const valuesOf = (model: tfl.LayersModel, layer: string) =>
  model
    .getLayer(layer)
    .getWeights()
    .map((weight) => [...weight.dataSync()]);

/** Runs `dpquant train` with few public examples, two steps unless told otherwise. */
async function train(...args: string[]) {
  const small = ['--validation-fraction', '0.05', '--batch-size', '100', '--steps', '2'];
  const flags = [...small, '--policy', 'static', '--json', ...args];
  const { code, out, err } = await dpquant('train', ...flags);
  return { code, err, summary: () => JSON.parse(out) as RunSummary };
}

/** Convolution, batch normalization with statistics of its own, and a dense layer. */
function withBatchNormalization(classes: number, activation: 'linear' | 'softmax' = 'linear') {
  const model = tfl.sequential({
    layers: [
      tfl.layers.conv2d({
        name: 'conv',
        filters: 4,
        kernelSize: 5,
        strides: 4,
        inputShape: [28, 28, 1],
      }),
      tfl.layers.batchNormalization({ name: 'bn' }),
      tfl.layers.flatten(),
      tfl.layers.dense({ name: 'fc', units: classes, activation }),
    ],
  });
  const statistics = [1.5, 0.25, 0.1, 0.05].map((value) => tf.fill([4], value));
  model.getLayer('bn').setWeights(statistics);
  return model;
}

beforeAll(async () => {
  await startBackend('auto');
  folder = await mkdtemp(join(tmpdir(), 'dpquant-'));
  const cnn = smallCnn({ inputShape: [28, 28, 1], classes: 10, seed: 5 });
  await cnn.save(modelFiles(path('cnn')));
  const tensors = await storedWeights(cnn, pytorchNaming());
  writeFileSync(path('cnn.safetensors'), encodeSafetensors(tensors));
  writeFileSync(path('cut.safetensors'), encodeSafetensors(tensors).subarray(0, 5000));
  const other = smallCnn({ inputShape: [28, 28, 1], classes: 3, seed: 6 });
  writeFileSync(
    path('three.safetensors'),
    encodeSafetensors(await storedWeights(other, pytorchNaming())),
  );
  await withBatchNormalization(10).save(modelFiles(path('bn')));
  await withBatchNormalization(3).save(modelFiles(path('bn3')));
  await withBatchNormalization(10, 'softmax').save(modelFiles(path('softmax')));
  const wide = tfl.sequential({ layers: [tfl.layers.dense({ units: 10, inputShape: [784] })] });
  await wide.save(modelFiles(path('wide')));
  const ledger = (name: string, value: PrivacyLedger) =>
    writeFileSync(path(name), JSON.stringify(value));
  ledger('ledger.json', new PrivacyLedger().record(gaussian(4), 'training', 2));
  ledger('seeded.json', new PrivacyLedger({ guarantee: 'none' }).record(gaussian(4), 'training'));
  ledger('bare.json', new PrivacyLedger().record(gaussian(0), 'training'));
  ledger('large.json', new PrivacyLedger().record(gaussian(1), 'training', 2));
});
afterAll(() => rm(folder, { recursive: true }));

describe('initial weights', () => {
  it.each([['cnn'], ['cnn.safetensors']])('are those of the file: %s', async (file) => {
    const out = path(`run-${file}`);
    const { code, err } = await train(
      ...['--init-weights', path(file), '--freeze', 'conv1,norm*', '--out', out],
    );
    expect([code, err.at(-1)]).toEqual([0, `Model: ${join(out, 'model')}`]);
    expect(err.join('\n')).toMatch(/Initial weights from \S+: 7 layers \(SHA-256 [0-9a-f]{12}…\)/);
    expect(err).toContain('Frozen: conv1, norm1, norm2, norm3');
    const [before, after] = await Promise.all([
      loadModel(path('cnn')),
      loadModel(join(out, 'model')),
    ]);
    for (const layer of ['conv1', 'norm1', 'norm2', 'norm3']) {
      expect(valuesOf(after, layer)).toEqual(valuesOf(before, layer));
    }
    expect(valuesOf(after, 'conv2')).not.toEqual(valuesOf(before, 'conv2'));
    const { start } = json(`run-${file}`, 'config.json') as RunConfig;
    expect(start.loaded).toHaveLength(7);
    // Layers that are frozen run in float32 and are none of those that a schedule chooses from.
    const schedule = readFileSync(join(out, 'schedule.jsonl'), 'utf8').split('\n')[0]!;
    const { layers } = JSON.parse(schedule) as { layers: object };
    expect(Object.keys(layers)).toEqual(['conv2', 'conv3', 'dense']);
  });

  it('leave a new head fresh', async () => {
    const out = path('new-head');
    const args = ['--init-weights', path('three.safetensors'), '--out', out];
    const refused = await train(...args);
    expect([refused.code, existsSync(out)]).toEqual([2, false]);
    expect(refused.err).toEqual([
      expect.stringMatching(
        /^dpquant: init-weights: \S+three.safetensors: "dense.weight": expected \[10, 576\], got \[3, 576\] \(or take a new head\);/,
      ),
    ]);
    const { code, err } = await train(...args, '--new-head', '--freeze', '!dense');
    expect(code).toBe(0);
    expect(err.join('\n')).toMatch(/: 6 layers, dense new \(SHA/);
  });

  it.each([
    [['--init-weights', 'nowhere.safetensors'], 1, /cannot read \S+nowhere.safetensors: ENOENT/],
    [['--init-weights', 'cut.safetensors'], 1, /cut.safetensors, tensor "\S+", offset \d+: expec/],
    [['--init-weights', 'bn'], 2, /expected a tensor "conv1\/kernel".*; and \d+ more$/],
    [['--init-weights', 'cnn', '--freeze', 'stem*'], 2, /freeze: "stem\*" is the name of no layer/],
    [['--init-weights', 'cnn', '--freeze', '*'], 2, /freeze: \* leaves nothing to train/],
    [['--new-head'], 2, /new-head: all weights of small-cnn are new; give --init-weights/],
    [['--drop-batch-statistics'], 2, /drop-batch-statistics: is about --init-weights/],
    [['--model', 'bn'], 2, /layer "bn" .*batch statistics.*: --freeze bn$/],
    [['--model', 'wide'], 2, /takes inputs of \[784\], the examples are \[28, 28, 1\]/],
    [['--model', 'bn3', '--freeze', 'bn'], 2, /gives \[3\], .*want 10 outputs.* --new-head/],
    [['--model', 'softmax', '--freeze', 'bn'], 2, /softmax of "fc", and the loss wants logits/],
    [['--model', 'ledger.json'], 1, /ledger.json: expected a model of the format "layers-model"/],
    [['--init-ledger', 'ledger.json'], 2, /init-ledger: is about the weights/],
  ])('%j are refused', async (args, expected, message) => {
    const out = path('refused');
    const isFile = (arg: string) => /^(cnn|bn|bn3|wide|softmax|\S+\.(json|safetensors))$/.test(arg);
    const { code, err } = await train(
      ...args.map((arg) => (isFile(arg) ? path(arg) : arg)),
      ...['--out', out],
    );
    expect([code, err]).toEqual([expected, [expect.stringMatching(message)]]);
    expect(existsSync(out)).toBe(false);
  });
});

describe("a user's own model", () => {
  it('is trained with its batch normalization frozen, which keeps its own statistics', async () => {
    const out = path('own');
    const { code, err } = await train(
      ...['--model', path('bn', 'model.json'), '--freeze', 'bn', '--out', out],
    );
    expect([code, err.at(-1)]).toEqual([0, `Model: ${join(out, 'model')}`]);
    const [before, after] = await Promise.all([
      loadModel(path('bn')),
      loadModel(join(out, 'model')),
    ]);
    expect(valuesOf(after, 'bn')).toEqual(valuesOf(before, 'bn'));
    expect(valuesOf(after, 'conv')).not.toEqual(valuesOf(before, 'conv'));
  });

  it('takes a new head for the classes of the data', async () => {
    const out = path('own-head');
    const { code, err } = await train(
      ...['--model', path('bn3'), '--new-head', '--freeze', '!fc', '--out', out],
    );
    expect([code, err.at(-1)]).toEqual([0, `Model: ${join(out, 'model')}`]);
    const trained = await loadModel(join(out, 'model'));
    expect(trained.outputShape).toEqual([null, 10]);
    expect(valuesOf(trained, 'conv')).toEqual(valuesOf(await loadModel(path('bn3')), 'conv'));
  });

  it('without weights begins with those of the seed', async () => {
    const { modelTopology } = json('bn', 'model.json') as tf.io.ModelJSON;
    writeFileSync(path('topology.json'), JSON.stringify({ modelTopology }));
    const results = [];
    for (const seed of ['1', '1', '2']) {
      const out = path(`seed-${results.length}`);
      const { code } = await train(
        ...['--model', path('topology.json'), '--freeze', 'bn', '--insecure-seed', seed],
        ...['--out', out],
      );
      expect(code).toBe(0);
      results.push(readFileSync(join(out, 'model/weights.bin')).toString('base64'));
    }
    expect(results[0]).toBe(results[1]);
    expect(results[0]).not.toBe(results[2]);
  });

  it('goes on after an interruption without the files that it began with', async () => {
    const whole = path('whole');
    const stopped = path('stopped');
    for (const copy of ['first', 'second']) {
      await withBatchNormalization(3).save(modelFiles(path(copy)));
    }
    const args = (copy: string) => [
      ...['--model', path('bn3'), '--init-weights', path(copy), '--new-head', '--freeze', 'bn'],
      ...['--init-ledger', path('ledger.json'), '--insecure-seed', '3', '--steps', '12'],
    ];
    // The same weights in both runs, though drawn anew above.
    for (const file of ['model.json', 'weights.bin']) {
      writeFileSync(path('second', file), readFileSync(path('first', file)));
    }
    await train(...args('first'), '--out', whole);
    const interrupted = train(...args('second'), '--out', stopped);
    while (!existsSync(join(stopped, 'schedule.jsonl'))) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    process.emit('SIGINT');
    expect((await interrupted).code).toBe(130);
    rmSync(path('second'), { recursive: true });
    const { code, err } = await train('--resume', '--out', stopped, '--steps', '12');
    expect([code, err.at(-1)]).toEqual([0, `Model: ${join(stopped, 'model')}`]);
    const contentOf = (run: string, file: string) => readFileSync(join(run, file), 'utf8');
    for (const file of ['model/weights.bin', 'ledger.json']) {
      expect(contentOf(stopped, file)).toBe(contentOf(whole, file));
    }
    expect(ledgerOf('stopped').entries[0]).toMatchObject({
      count: 2,
      source: path('ledger.json'),
    });
  });
});

describe('the model of a run that goes on', () => {
  it('has the same layers frozen', async () => {
    const shapes = {
      inputShape: [28, 28, 1],
      classNames: Array(10).fill(''),
    } as unknown as Dataset;
    const options = { model: 'small-cnn', freeze: 'conv*', seed: 1 } as RunConfig['options'];
    const model = await resumedModel({ options, start: { frozen: [] } }, shapes);
    const trained = model.layers.filter(({ trainableWeights }) => trainableWeights.length > 0);
    expect(trained.map(({ name }) => name)).toEqual(['norm1', 'norm2', 'norm3', 'dense']);
  });
});

describe('the ledger of initial weights', () => {
  const start = () => ['--init-weights', path('cnn')];

  it('counts in the noise, in the guarantee, and in what is spent', async () => {
    const alone = (await train(...start(), '--out', path('alone'))).summary();
    const out = path('imported');
    const { code, summary, err } = await train(
      ...[...start(), '--init-ledger', path('ledger.json'), '--out', out],
    );
    expect(code).toBe(0);
    const found = summary();
    const before = new PrivacyLedger().record(gaussian(4), 'training', 2).epsilon(1e-5);
    expect(found.epsilonImported).toBe(before);
    expect(before).toBeGreaterThan(1);
    expect(found.noiseMultiplier).toBeGreaterThan(alone.noiseMultiplier);
    expect(found.epsilon).toBeLessThanOrEqual(3);
    expect(found.epsilon).toBeGreaterThan(2.999);
    expect(alone).toMatchObject({ epsilonImported: 0, guarantee: 'differential privacy' });
    const ledger = ledgerOf('imported');
    expect(ledger.guarantee).toBe('differential privacy');
    expect(ledger.entries.map(({ count, source }) => [count, source])).toEqual([
      [2, path('ledger.json')],
      [2, undefined],
    ]);
    expect(found.epsilonSpent).toBe(ledger.epsilon(1e-5));
    expect(found.epsilonSpent).toBeCloseTo(found.epsilon!, 9);
    expect(err.join('\n')).toMatch(
      /Spent on the initial weights before, and counted: ε = 1\.\d+ at/,
    );
  });

  it('counts under a fixed noise multiplier as well', async () => {
    const fixed = ['--noise-multiplier', '2', ...start()];
    const alone = (await train(...fixed, '--out', path('fixed-alone'))).summary();
    const { summary } = await train(
      ...[...fixed, '--init-ledger', path('ledger.json'), '--out', path('fixed')],
    );
    expect(summary().epsilon).toBeGreaterThan(alone.epsilon! + 0.5);
  });

  it('of a run on the same data cannot be left out', async () => {
    const first = path('first-run');
    const weights = ['--init-weights', join(first, 'model')];
    await train('--epsilon', '1', '--seed', '4', '--out', first);
    for (const args of [weights, ['--model', join(first, 'model', 'model.json')]]) {
      const refused = await train(...args, '--out', path('second-run'));
      expect([refused.code, refused.err]).toEqual([
        2,
        [expect.stringMatching(/was trained on mnist as well; give --init-ledger \S+ledger.json/)],
      ]);
    }
    const second = [...weights, '--init-ledger', join(first, 'ledger.json')];
    const otherSplit = await train(...second, '--seed', '5', '--out', path('second-run'));
    expect([otherSplit.code, otherSplit.err]).toEqual([
      2,
      [
        expect.stringMatching(
          /split the data otherwise.* give --split-seed 4 --validation-fraction 0.05/,
        ),
      ],
    ]);
    const sameSplit = [...second, '--seed', '5', '--split-seed', '4', '--out', path('other-seed')];
    expect((await train(...sameSplit)).code).toBe(0);
    expect(json('other-seed', 'config.json')).toMatchObject({
      options: { seed: 5, splitSeed: 4 },
      data: {
        seed: 4,
        fingerprint: (json('first-run', 'config.json') as RunConfig).data.fingerprint!,
      },
    });
    // Without a seed that of the earlier run is taken, and its split with it.
    const { code, summary, err } = await train(...second, '--out', path('second-run'));
    expect(code).toBe(0);
    expect(json('second-run', 'config.json')).toMatchObject({ options: { seed: 4 } });
    expect(err.join()).not.toMatch(/warning/);
    const little = [...second, '--epsilon', '1.05', '--out', path('little')];
    expect((await train(...little)).err.join('\n')).toMatch(
      /^warning: \S+ledger.json has spent ε = \S+ of a goal of 1.05; .* raise --epsilon$/m,
    );
    expect(summary().epsilonImported).toBeGreaterThan(0.99);
    expect(summary().epsilon).toBeLessThanOrEqual(3);
    // The ledger of another run, one that is older than the weights, and another's weights.
    const small = new PrivacyLedger().record(gaussian(50), 'training');
    const { run } = ledgerOf('first-run');
    const early = new PrivacyLedger({ run }).record(gaussian(50), 'training');
    for (const [ledger, message] of [
      [small, /small.json is not the ledger of the run that \S+first-run\/model comes from/],
      [early, /shows 1 events, and 2 were charged when/],
    ] as const) {
      writeFileSync(path('small.json'), JSON.stringify(ledger));
      const args = [...weights, '--init-ledger', path('small.json'), '--seed', '4'];
      const refused = await train(...args, '--out', path('third-run'));
      expect([refused.code, refused.err]).toEqual([2, [expect.stringMatching(message)]]);
    }
    // From wherever they are named, through whatever link, and out of a copy that has no ledger.
    cpSync(join(first, 'model'), path('model-alone'), { recursive: true });
    symlinkSync(join(first, 'model'), path('model-link'));
    const before = process.cwd();
    try {
      process.chdir(join(first, 'model'));
      for (const name of ['model.json', './model.json', '.', path('model-link')]) {
        const refused = await train('--init-weights', name, '--out', path('third-run'));
        expect(refused.err).toEqual([
          expect.stringMatching(/mnist as well; give --init-ledger \S+first-run\/ledger.json/),
        ]);
      }
      const alone = await train('--init-weights', path('model-alone'), '--out', path('third-run'));
      expect(alone.err).toEqual([expect.stringMatching(/with the ledger.json of that run/)]);
    } finally {
      process.chdir(before);
    }
    expect(existsSync(path('third-run'))).toBe(false);
  });

  it('of a run on a copy of the data cannot be left out, and is not asked for on others', async () => {
    const pixels = (seed: number) =>
      npyFile(
        [400, 28, 28, 1],
        Uint8Array.from({ length: 400 * 784 }, (_, i) => (i * seed) % 251),
      );
    const y = npyFile(
      [400],
      Uint8Array.from({ length: 400 }, (_, i) => i % 10),
    );
    for (const [name, seed] of [
      ['a.npz', 7],
      ['b.npz', 11],
    ] as const) {
      writeFileSync(path(name), npzFile({ x: pixels(seed), y }));
    }
    cpSync(path('a.npz'), path('copy.npz'));
    const on = (data: string) => ['--data', path(data), '--class-count', '10', '--delta', '1e-3'];
    const weightsOf = (run: string) => ['--init-weights', path(run, 'model')];
    await train(...on('a.npz'), '--out', path('on-a'));
    const copy = await train(...on('copy.npz'), ...weightsOf('on-a'), '--out', path('on-copy'));
    expect(copy.err).toEqual([expect.stringMatching(/copy.npz as well; give --init-ledger/)]);
    const other = await train(...on('b.npz'), ...weightsOf('on-a'), '--out', path('on-b'));
    expect(other.code).toBe(0);
    // What was spent on the first data is not forgotten by training on others in between,
    const back = await train(...on('a.npz'), ...weightsOf('on-b'), '--out', path('back'));
    expect(back.err).toEqual([expect.stringMatching(/a.npz as well; give --init-ledger/)]);
    // nor by a ledger that was given in between: the later one holds it.
    const ledgerAt = (run: string) => ['--init-ledger', path(run, 'ledger.json')];
    const more = ['--epsilon', '9', '--seed', '4'];
    await train(...on('b.npz'), '--seed', '4', '--out', path('b1'));
    const given = [...on('a.npz'), ...weightsOf('b1'), ...ledgerAt('b1'), ...more];
    expect((await train(...given, '--out', path('b1-a'))).code).toBe(0);
    const again = [...on('b.npz'), ...weightsOf('b1-a'), ...more];
    const without = await train(...again, '--out', path('again'));
    const both = path('b1-a', 'ledger.json');
    expect(without.err.join()).toContain(`b.npz as well; give --init-ledger ${both}`);
    const counted = [...ledgerAt('b1-a'), '--epsilon', '20', '--out', path('again')];
    expect((await train(...again, ...counted)).code).toBe(0);
  });

  it('is asked for where the same rows are read in another way, or stand among others', async () => {
    const pixels = (first: number, count: number) =>
      Uint8Array.from({ length: count * 784 }, (_, i) => ((i + 784 * first) * 13) % 241);
    const classes = (count: number) => Uint8Array.from({ length: count }, (_, i) => i % 10);
    const archive = (first: number, count: number) =>
      npzFile({
        x: npyFile([count, 28, 28, 1], pixels(first, count)),
        y: npyFile([count], classes(count)),
      });
    writeFileSync(path('grown.npz'), archive(0, 400));
    const on = (data: string, ...how: string[]) => [
      '--data',
      path(data),
      '--delta',
      '1e-3',
      ...how,
    ];
    const ten = ['--class-count', '10'];
    const run = ['--init-weights', path('first-rows', 'model')];
    const ledger = ['--init-ledger', path('first-rows', 'ledger.json')];
    const same = ['--seed', '4'];
    expect(
      (await train(...on('grown.npz', ...ten), ...same, '--out', path('first-rows'))).code,
    ).toBe(0);
    cpSync(path('grown.npz'), path('grown-copy.npz'));
    const names = ['--class-names', 'a,b,c,d,e,f,g,h,i,j'];
    const renamed = await train(...on('grown-copy.npz', ...names), ...run, '--out', path('no'));
    expect(renamed.err).toEqual([expect.stringMatching(/grown-copy.npz as well; give/)]);
    // In another order and among others: by the rows that were public.
    const reversed = Uint8Array.from(
      { length: 500 * 784 },
      (_, i) => pixels(499 - Math.floor(i / 784), 1)[i % 784]!,
    );
    const shuffled = { x: npyFile([500, 28, 28, 1], reversed), y: npyFile([500], classes(500)) };
    writeFileSync(path('shuffled.npz'), npzFile(shuffled));
    const other = await train(...on('shuffled.npz', ...ten), ...run, '--out', path('no'));
    expect(other.err).toEqual([expect.stringMatching(/shuffled.npz as well; give/)]);
    // Few different rows: they are known as a whole.
    const few = npyFile(
      [400, 28, 28, 1],
      pixels(0, 400).map((_, i) => Math.floor(i / 784) % 3),
    );
    writeFileSync(path('few.npz'), npzFile({ x: few, y: npyFile([400], classes(400)) }));
    cpSync(path('few.npz'), path('few-copy.npz'));
    await train(...on('few.npz', ...ten), ...same, '--out', path('few'));
    const again = ['--init-weights', path('few', 'model'), '--out', path('no')];
    const fewRows = await train(...on('few-copy.npz', ...ten), ...again);
    expect(fewRows.err).toEqual([expect.stringMatching(/few-copy.npz as well; give/)]);
    // A file that has grown is split otherwise: the same path does not make it the same data.
    writeFileSync(path('grown.npz'), archive(0, 700));
    const more = ['--epsilon', '9', ...same, '--out', path('no')];
    const grown = await train(...on('grown.npz', ...ten), ...run, ...ledger, ...more);
    expect(grown.err).toEqual([expect.stringMatching(/private then may be public now; restore/)]);
    expect(existsSync(path('no'))).toBe(false);
  });

  it('is that beside the weights where their notes were lost', async () => {
    const model = path('first-run', 'model', 'model.json');
    const text = readFileSync(model, 'utf8');
    const { userDefinedMetadata, ...rest } = JSON.parse(text) as Record<string, unknown>;
    expect(userDefinedMetadata).toBeDefined();
    writeFileSync(model, JSON.stringify(rest));
    const args = [
      '--init-weights',
      path('first-run', 'model'),
      '--seed',
      '4',
      '--out',
      path('lost'),
    ];
    const refused = await train(...args);
    expect(refused.err).toEqual([
      expect.stringMatching(/mnist as well; give --init-ledger \S+first-run/),
    ]);
    const ledger = ['--init-ledger', path('first-run', 'ledger.json')];
    expect((await train(...args, ...ledger)).code).toBe(0);
    writeFileSync(model, text);
  });

  it.each([
    ['seeded.json', [], /seeded.json has no guarantee at δ = 0.00001, so that nothing trained/],
    ['bare.json', [], /bare.json has no guarantee/],
    ['bare.json', ['--noise-multiplier', '1'], /bare.json has no guarantee/],
    [
      'large.json',
      [],
      /large.json has spent ε = \d\S+ at δ = 0.00001 already, of a goal of 3; raise/,
    ],
    ['none.json', [], /cannot read \S+none.json/],
    ['cnn/model.json', [], /cnn\/model.json: ledger: expected an object of format/],
  ])('%s with %j is refused', async (file, args, message) => {
    const out = path('refused');
    const { code, err } = await train(
      ...[...start(), '--init-ledger', path(file), ...args, '--out', out],
    );
    expect([code, err]).toEqual([2, [expect.stringMatching(message)]]);
    expect(existsSync(out)).toBe(false);
  });

  it('of a run with another privacy unit is refused', () => {
    const options = { seed: 1, validationFraction: 0.2 } as RunConfig['options'];
    expect(() => requireSameProtection({ ...options, privacyUnit: 'y,track' }, options)).toThrow(
      /the earlier run protects y,track, this one would protect each example.* same --privacy-unit/,
    );
    expect(() => requireSameProtection(options, options)).not.toThrow();
  });

  it('without a guarantee goes into a run that has none either', async () => {
    for (const [i, args] of [['--insecure-seed', '1'], ['--no-privacy']].entries()) {
      const run = `none-${i}`;
      const { code, summary } = await train(
        ...[...start(), '--init-ledger', path('seeded.json'), ...args, '--out', path(run)],
      );
      expect([code, summary().guarantee]).toEqual([0, 'none']);
      expect(ledgerOf(run).guarantee).toBe('none');
      expect(ledgerOf(run).entries[0]).toMatchObject({ source: path('seeded.json') });
    }
  });
});
