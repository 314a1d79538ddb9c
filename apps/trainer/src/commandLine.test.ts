import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { PrivacyLedger, type LedgerFile } from '@dpquant/accounting';
import { loadModel } from '@dpquant/models/node';
import type { RunConfig, RunSummary } from './runRecords.ts';
import { dpquant } from './testing/recordedCommand.ts';

jest.setTimeout(120_000);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dpquant-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A thousand private examples in four steps of 250 in expectation. */
const shortRun = ['--validation-fraction', '0.9', '--batch-size', '250', '--epochs', '1'];
const train = (...args: string[]) => dpquant('train', ...shortRun, ...args);
const json = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as unknown;
const lines = (path: string) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('formats', () => {
  const answer = async (...args: string[]) =>
    JSON.parse((await dpquant('formats', ...args, '--json')).out) as Record<string, unknown>;

  it('lists all formats, for people and for programs', async () => {
    const { code, out } = await dpquant('formats');
    expect(code).toBe(0);
    expect(out).toMatch(/^luq-fp4 +4 +15 +1 +64 +powers of two/m);
    expect(out).toMatch(/^nvfp4 +4\.5 +15 +0\.5 +6 +16 /m);
    const { formats } = (await answer()) as { formats: { name: string; max: number }[] };
    expect(formats).toHaveLength(17);
    expect(formats.find(({ name }) => name === 'fp8-e4m3')).toMatchObject({ bits: 8, max: 448 });
  });

  it('shows the values of one', async () => {
    const { out } = await dpquant('formats', 'fp4-e2m1');
    expect(out.split('\n').slice(1)).toEqual([
      'value  code  of −value',
      '    0     0          8',
      '  0.5     1          9',
      '    1     2          A',
      '  1.5     3          B',
      '    2     4          C',
      '    3     5          D',
      '    4     6          E',
      '    6     7          F',
    ]);
    expect((await dpquant('formats', 'int4')).out).toMatch(/^ +7 +7 +9$/m);
    expect((await dpquant('formats', 'fp8-e4m3')).out).toMatch(/^ +NaN +7F +FF$/m);
    expect((await dpquant('formats', 'fp16')).out).toMatch(/from 5\.96\S+ to 65504/);
    expect(((await answer('fp16'))['codes'] as unknown[]).length).toBe(65536);
    expect((await dpquant('formats', 'mxfp4')).out).toMatch(/blocks of 32 .* e8m0/);
  });

  it('encodes numbers', async () => {
    const encode = (format: string, values: string, ...more: string[]) =>
      answer('encode', '--format', format, '--values', values, ...more);
    expect(await encode('fp4-e2m1', '0.25,0.75,5.01')).toEqual({
      format: 'fp4-e2m1',
      codes: ['0', '2', '7'],
      values: [0, 1, 6],
    });
    expect(await encode('mxfp4', '-7.9,6,0.26')).toEqual({
      format: 'mxfp4',
      codes: ['F', '7', '1'],
      values: [-6, 6, 0.5],
      scales: [{ code: '7F', value: 1 }],
    });
    expect(await encode('nvfp4', '0,1,15')).toMatchObject({ tensorScale: Math.fround(179.2) });
    expect(await encode('fp8-e4m3', '500', '--no-saturate')).toMatchObject({
      codes: ['7F'],
      values: ['NaN'],
    });
    expect(await encode('int8', '2.5,3.5', '--rounding', 'toward-zero')).toMatchObject({
      values: [2, 3],
    });
    const seeded = ['--rounding', 'stochastic', '--seed', '3'];
    const many = new Array(64).fill('0.5').join(',');
    for (const format of ['luq-fp4', 'mxint8']) {
      expect(await encode(format, many, ...seeded)).toEqual(await encode(format, many, ...seeded));
    }
    expect(new Set((await encode('luq-fp4', many, ...seeded))['codes'] as string[]).size).toBe(2);
    const people = await dpquant('formats', 'encode', '--format', 'int4', '--values', '-1,9');
    expect(people.out.split('\n')).toEqual([
      'number  code  value',
      '    -1     F     -1',
      '     9     7      7',
    ]);
  });

  it.each([
    ['an unknown format', ['fp3'], /expected one of luq-fp4, .*, got "fp3"/],
    ['an unknown format to encode', ['encode', '--format', 'x', '--values', '1'], /one of luq-fp4/],
    ['no numbers', ['encode', '--format', 'int4', '--values', '1,,2'], /got ""/],
    ['NaN without a code', ['encode', '--format', 'int4', '--values', 'NaN'], /no code for NaN/],
    [
      'an overflow without a code',
      ['encode', '--format', 'int4', '--values', '9', '--no-saturate'],
      /let it saturate/,
    ],
    [
      'blocks that do not saturate',
      ['encode', '--format', 'mxfp4', '--values', '9', '--no-saturate'],
      /always saturate/,
    ],
  ])('refuses %s with one line', async (_, args, message) => {
    const { code, out, err } = await dpquant('formats', ...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toEqual([expect.stringMatching(message)]);
  });
});

describe('epsilon and noise', () => {
  it('prints the golden value', async () => {
    const { code, out, err } = await dpquant(
      ...'epsilon --sample-rate 0.01 --noise-multiplier 1 --steps 1000 --delta 1e-5'.split(' '),
      ...'--accountant rdp --json'.split(' '),
    );
    expect(code).toBe(0);
    expect(err).toEqual([]);
    const answer = JSON.parse(out) as Record<string, unknown>;
    expect(answer).toMatchObject({ delta: 1e-5, accountant: 'rdp' });
    expect(answer['epsilon']).toBeCloseTo(2.1013653, 6);
  });

  it('adds events up', async () => {
    const events = ['0.05,2,100', '0.05,1.5,200', '0.1,3,300'].flatMap((e) => ['--event', e]);
    const rdp = ['--delta', '1e-5', '--accountant', 'rdp', '--json'];
    const { out } = await dpquant('epsilon', ...events, ...rdp);
    expect((JSON.parse(out) as { epsilon: number }).epsilon).toBeCloseTo(4.0514685, 5);
    // By default the tighter accountant, and a table for people.
    const tight = await dpquant('epsilon', ...events, '--delta', '1e-5', '--json');
    expect((JSON.parse(tight.out) as { epsilon: number }).epsilon).toBeCloseTo(3.7155087, 3);
    const table = await dpquant('epsilon', ...events, '--delta', '1e-5');
    expect(table.out.split('\n')).toEqual([
      'sample rate  noise multiplier  steps',
      '       0.05                 2    100',
      '       0.05               1.5    200',
      '        0.1                 3    300',
      expect.stringMatching(/^ε = 3\.715\d* at δ = 0\.00001 \(pld accountant/),
    ]);
  });

  it('calibrates noise to the safe side of the goal', async () => {
    const { code, out } = await dpquant(
      ...'noise --epsilon 3 --delta 1e-5 --sample-rate 0.064 --steps 240 --json'.split(' '),
    );
    const answer = JSON.parse(out) as { noiseMultiplier: number; epsilon: number };
    expect(code).toBe(0);
    const published = await dpquant(
      ...'noise --epsilon 8 --delta 1e-5 --sample-rate 0.04 --steps 2250 --json'.split(' '),
    );
    expect((JSON.parse(published.out) as typeof answer).noiseMultiplier).toBeCloseTo(1.345899, 3);
    expect(answer.epsilon).toBeLessThanOrEqual(3);
    expect(answer.epsilon).toBeGreaterThan(2.9999);
  });

  it('refuses half a question', async () => {
    const { code, err } = await dpquant('epsilon', '--steps', '10', '--delta', '1e-5');
    expect(code).toBe(2);
    expect(err).toEqual([
      'dpquant: expected either --sample-rate, --noise-multiplier and --steps together, or --event',
    ]);
    expect((await dpquant('epsilon', '--event', '1,2', '--delta', '1e-5')).code).toBe(2);
    expect((await dpquant('noise', '--epsilon', '3')).code).toBe(2);
  });
});

describe('usage errors of train: exit code 2, one line, nothing written', () => {
  it.each([
    [['--bogus'], /unknown option '--bogus'/],
    [['--epsilon', '0'], /epsilon.*Expected a positive number/],
    [['--epsilon', '-1'], /epsilon.*Expected a positive number/],
    [['--epsilon', 'NaN'], /epsilon.*Expected a positive number/],
    [['--epsilon', 'Infinity'], /epsilon.*Expected a positive number/],
    [['--delta', '0'], /delta.*between 0 and 1/],
    [['--delta', '1'], /delta.*between 0 and 1/],
    [['--delta', ''], /delta.*between 0 and 1/],
    [['--batch-size', '1001'], /batch-size: 1001 is larger than the 1000 private examples/],
    [['--batch-size', '2.5'], /batch-size.*whole number/],
    [['--quantized-fraction', '1.1'], /quantized-fraction.*from 0 to 1/],
    [['--quantized-fraction', '-0.1'], /quantized-fraction.*from 0 to 1/],
    [['--clip-norm', '0'], /clip-norm.*positive/],
    [['--clip-norm', 'NaN'], /clip-norm.*positive/],
    [['--learning-rate', '0'], /learning-rate.*positive/],
    [['--momentum', '1'], /momentum.*below 1/],
    [['--epochs', '0'], /epochs.*whole number/],
    [['--seed', '-1'], /seed.*whole number/],
    [['--policy', 'nothing'], /policy.*full, static, probabilistic, loss-aware, fixed/],
    [['--policy', 'fixed'], /policy: fixed needs --schedule/],
    [['--policy', 'fixed', '--schedule', '/nowhere'], /schedule: cannot read/],
    [['--policy', './nowhere.js'], /policy: there is no file/],
    [['--quantized-layers', '2', '--target-speedup', '2'], /give one of/],
    [['--other-format', 'luq-fp4'], /other-format: luq-fp4 is the format already/],
    [['--analysis-batch-size', '1001'], /analysis-batch-size: 1001 is larger than/],
    [['--clipping', 'luck'], /clipping.*flat, per-layer/],
    [['--clipping', 'quantile', '--clip-ratio', '2'], /clipNorm: quantile clipping starts/],
    [['--learning-rate-schedule', 'up'], /learning-rate-schedule.*constant, cosine/],
    [['--shift', '28'], /shift: expected a whole number below 28/],
    [['--warmup-steps', '4', '--learning-rate-schedule', 'cosine'], /warmupSteps: expected fewer/],
    [['--format', 'fp3'], /format.*float32, luq-fp4/],
    [['--model', 'huge'], /model.*small-cnn/],
    [['--data', 'nowhere'], /data.*mnist/],
    [['--privacy-unit', 'y'], /privacy-unit: in mnist each example is one/],
    [['--class-count', '10'], /class-count: the classes of mnist are known/],
    [['--backend', 'abacus'], /backend.*auto, node-gpu, node, webgpu, wasm, cpu/],
    [['--optimizer', 'luck'], /optimizer.*sgd, adam, adamw, adam-bc/],
    [['--resume', '--force'], /leave one of them out/],
    [['--config', '/nowhere.json'], /config: cannot read/],
    [['surplus'], /too many arguments/],
  ])('%j', async (args, message) => {
    const out = join(folder, 'run');
    const { code, err } = await train('--out', out, ...args);
    expect(code).toBe(2);
    expect(err).toHaveLength(1);
    expect(err[0]).toMatch(/^dpquant: /);
    expect(err[0]).toMatch(message);
    expect(err[0]).not.toContain('\n');
    expect(existsSync(out)).toBe(false);
  });

  it('names what is wrong in a config file', async () => {
    const config = join(folder, 'config.json');
    for (const [text, message] of [
      ['{"epsilon": -1}', /"epsilon" is -1.*positive/],
      ['{"flip": 1}', /"flip" is 1.*Expected true or false/],
      ['{"epsilom": 1}', /unknown setting "epsilom"/],
      ['[1]', /expected a JSON object/],
      ['{', /cannot read/],
    ] as const) {
      writeFileSync(config, text);
      const { code, err } = await train('--config', config);
      expect([code, err.length]).toEqual([2, 1]);
      expect(err[0]).toMatch(message);
    }
  });

  it('refuses an unknown command', async () => {
    expect((await dpquant('fly')).code).toBe(2);
  });
});

describe('data', () => {
  it('describes a table, and says that this is outside the guarantee', async () => {
    const path = join(folder, 'table.csv');
    writeFileSync(path, 'age,person,class\n30,p,0\n41,q,1\n52,p,2\n');
    const { code, out, err } = await dpquant('data', path, '--privacy-unit', 'person', '--json');
    expect([code, err]).toEqual([
      0,
      ['Outside the privacy guarantee: exact counts of private data'],
    ]);
    expect(JSON.parse(out)).toEqual({
      data: path,
      count: 3,
      inputShape: [1],
      classCount: 3,
      classNames: ['0', '1', '2'],
      classesAreCounted: true,
      privacyUnits: 2,
      guarantee: 'none',
    });
    const people = await dpquant('data', path, '--privacy-unit', 'person');
    expect(people.out.split('\n')).toEqual([
      'examples       3',
      'shape of one   1',
      'classes        3: 0, 1, 2 (counted from the labels)',
      'privacy units  2',
    ]);
    expect((await dpquant('data', path, '--privacy-unit', 'name')).code).toBe(1);
    expect((await dpquant('data', join(folder, 'none'))).code).toBe(2);
  });
});

describe('help', () => {
  it.each([[['--help']], [['train', '--help']], [['epsilon', '--help']], [['noise', '--help']]])(
    '%j teaches by examples',
    async (args) => {
      const { code, out } = await dpquant(...args);
      expect(code).toBe(0);
      expect(out).toMatch(/Examples?:\n {2}dpquant/);
    },
  );
});

describe('train', () => {
  it('leaves a run folder, and evaluate agrees with it', async () => {
    const out = join(folder, 'run');
    const { code, out: answer, err } = await train('--policy', 'static', '--json', '--out', out);
    expect(code).toBe(0);
    const summary = JSON.parse(answer) as RunSummary;
    expect(summary).toEqual(json(join(out, 'summary.json')));
    expect(summary).toMatchObject({
      run: out,
      backend: 'wasm',
      guarantee: 'differential privacy',
      delta: 1e-5,
      epsilonTarget: 3,
      quantizedFraction: 0.75,
      steps: 4,
      stopped: 'finished',
    });
    expect(summary.epsilon).toBeLessThanOrEqual(3);
    expect(summary.theoreticalSpeedup).toBeGreaterThan(1);
    expect(summary.examplesPerSecond).toBeGreaterThan(0);

    const ledger = PrivacyLedger.fromJSON(json(join(out, 'ledger.json')) as LedgerFile);
    expect(ledger.entries).toHaveLength(1);
    expect(ledger.entries[0]).toMatchObject({ label: 'training', count: 4 });
    expect(summary.analyses).toEqual({ count: 0, epsilon: 0, seconds: 0 });
    expect(ledger.epsilon(1e-5)).toBe(summary.epsilonSpent);
    expect(summary.epsilon).toBe(summary.epsilonSpent);

    const [epoch] = lines(join(out, 'schedule.jsonl'));
    const formats = Object.values(epoch!['layers'] as Record<string, string>);
    expect(formats.filter((format) => format === 'luq-fp4')).toHaveLength(3);
    expect(formats.filter((format) => format === 'float32')).toHaveLength(1);
    expect(lines(join(out, 'metrics.jsonl'))).toHaveLength(1);

    // Nothing un-noised about the private examples, and no private randomness.
    const written = ['config', 'summary'].map((name) =>
      JSON.stringify(json(join(out, `${name}.json`))),
    );
    const metrics = readFileSync(join(out, 'metrics.jsonl'), 'utf8');
    for (const text of [...written, metrics, ...err]) {
      expect(text).not.toMatch(/loss|clipped|norms|"units"|"random"/);
    }

    const evaluated = await dpquant('evaluate', out, '--json');
    expect(JSON.parse(evaluated.out)).toMatchObject({
      accuracy: summary.accuracy,
      examples: 9000,
      data: 'mnist',
    });
    const before = tf.memory().numTensors;
    const model = await loadModel(join(out, 'model'));
    expect(model.outputShape).toEqual([null, 10]);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);

    const again = await train('--out', out);
    expect([again.code, again.err]).toEqual([
      2,
      [
        `dpquant: out: ${out} already holds a run; use --resume to continue it, --force to replace it, or another folder`,
      ],
    ]);
    const resumed = await dpquant('train', '--resume', '--out', out);
    expect([resumed.code, resumed.err[0]]).toEqual([2, expect.stringMatching(/is finished/)]);
  });

  it('repeats a run under an insecure seed and says that it guarantees nothing', async () => {
    const runs = [join(folder, 'a'), join(folder, 'b')];
    for (const out of runs) {
      const {
        code,
        out: answer,
        err,
      } = await train('--insecure-seed', '7', '--json', '--out', out);
      expect(code).toBe(0);
      expect((JSON.parse(answer) as RunSummary).guarantee).toBe('none');
      expect(err.join()).toMatch(/No privacy guarantee.*no privacy guarantee/);
    }
    for (const file of ['model/weights.bin', 'ledger.json', 'schedule.jsonl']) {
      const [a, b] = await Promise.all(runs.map((out) => readFile(join(out, file))));
      expect(a!.equals(b!)).toBe(true);
    }
  });

  it('does not repeat a run that is only seeded, but its split and schedule', async () => {
    const runs = [join(folder, 'a'), join(folder, 'b')];
    const args = ['--seed', '7', '--policy', 'probabilistic'];
    for (const out of runs) await train(...args, '--out', out);
    const [a, b] = runs as [string, string];
    const weights = (out: string) => readFileSync(join(out, 'model/weights.bin'));
    expect(weights(a).equals(weights(b))).toBe(false);
    expect(lines(join(a, 'schedule.jsonl'))).toEqual(lines(join(b, 'schedule.jsonl')));
  });

  it('saves on SIGINT, exits with 130, and resumes to the weights of a run never stopped', async () => {
    const whole = join(folder, 'whole');
    const stopped = join(folder, 'stopped');
    const args = ['--insecure-seed', '3', '--epochs', '2'];
    await train(...args, '--out', whole);
    // The first step is charged in the ledger: interrupt as soon as it is.
    const interrupted = train(...args, '--out', stopped);
    while (!existsSync(join(stopped, 'schedule.jsonl'))) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    process.emit('SIGINT');
    const { code, err } = await interrupted;
    expect(code).toBe(130);
    expect(err.join('\n')).toMatch(/state is saved.*--resume --out/);
    expect(existsSync(join(stopped, 'summary.json'))).toBe(false);
    expect((await dpquant('evaluate', stopped)).err[0]).toMatch(/not finished/);

    const other = await dpquant('train', '--resume', '--out', stopped, '--epsilon', '2');
    expect([other.code, other.err[0]]).toEqual([2, expect.stringMatching(/started with 3/)]);
    expect((await dpquant('train', '--resume', '--out', stopped)).code).toBe(0);
    for (const file of ['model/weights.bin', 'ledger.json', 'schedule.jsonl']) {
      expect(readFileSync(join(stopped, file)).equals(readFileSync(join(whole, file)))).toBe(true);
    }
    expect(lines(join(stopped, 'metrics.jsonl')).map(({ epoch }) => epoch)).toEqual([0, 1]);
  });

  it('records how integers are multiplied, and resumes with the same', async () => {
    const out = join(folder, 'run');
    const args = ['--policy', 'static', '--epochs', '2', '--backend', 'wasm', '--out', out];
    const interrupted = train(...args);
    while (!existsSync(join(out, 'schedule.jsonl'))) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    process.emit('SIGINT');
    const { err } = await interrupted;
    expect(err.join('\n')).toMatch(/in luq-fp4, multiplied as integers \(always faster/);
    const path = join(out, 'config.json');
    const config = json(path) as RunConfig;
    expect(config.options.products).toBe('auto');
    expect(config.backend).toMatchObject({ name: 'wasm', products: 'integer' });
    // As on a device where float32 was faster when the run began.
    const began = { ...config.backend, products: 'float32' };
    writeFileSync(path, JSON.stringify({ ...config, backend: began }));
    const resumed = await dpquant('train', '--resume', '--out', out);
    expect(resumed.err.join('\n')).toMatch(/in luq-fp4, simulated in float32 \(asked for\)/);
    const other = ['--resume', '--out', out, '--products', 'integer'];
    expect((await dpquant('train', ...other)).err[0]).toMatch(
      /products: the run was started with auto/,
    );
  });

  it('charges steps that were lost, and stops with 3 before the budget is passed', async () => {
    const out = join(folder, 'run');
    const interrupted = train('--policy', 'probabilistic', '--epochs', '2', '--out', out);
    while (!existsSync(join(out, 'schedule.jsonl'))) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    process.emit('SIGINT');
    await interrupted;
    // As after a crash: two steps more in the ledger than in the checkpoint.
    const path = join(out, 'ledger.json');
    const ledger = PrivacyLedger.fromJSON(json(path) as LedgerFile);
    ledger.record(ledger.entries[0]!.event, 'training', 2);
    await writeFile(path, JSON.stringify(ledger));
    const { code, out: answer } = await dpquant('train', '--resume', '--json', '--out', out);
    expect(code).toBe(3);
    const summary = JSON.parse(answer) as RunSummary;
    expect(summary).toMatchObject({ stopped: 'privacy budget exhausted' });
    // Two steps were lost, and the one that the interruption discarded, if it was in one.
    expect([5, 6]).toContain(summary.steps);
    expect(summary.epsilon).toBeLessThanOrEqual(3);
    const charged = PrivacyLedger.fromJSON(json(path) as LedgerFile).entries;
    expect(charged.reduce((sum, { count }) => sum + count, 0)).toBe(8);
  });

  it('trusts no ledger that shows fewer steps than the checkpoint', async () => {
    const out = join(folder, 'run');
    const interrupted = train('--epochs', '1', '--out', out);
    while (!existsSync(join(out, 'schedule.jsonl'))) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    process.emit('SIGINT');
    await interrupted;
    const path = join(out, 'ledger.json');
    const charged = readFileSync(path, 'utf8');
    writeFileSync(path, JSON.stringify(new PrivacyLedger()));
    const { code, err } = await dpquant('train', '--resume', '--out', out);
    expect(code).toBe(1);
    expect(err.at(-1)).toMatch(/ledger: shows 0 charged events, the checkpoint was saved after \d/);
    writeFileSync(path, charged);
    // A step that the interruption discarded stays charged: then one is missing in the end.
    expect([0, 3]).toContain((await dpquant('train', '--resume', '--out', out)).code);
  });

  it('takes settings from a file, below the flags', async () => {
    const config = join(folder, 'config.json');
    writeFileSync(config, JSON.stringify({ 'clip-norm': 0.5, epsilon: 4, policy: 'full' }));
    const out = join(folder, 'run');
    await train('--config', config, '--epsilon', '5', '--out', out);
    const { options } = json(join(out, 'config.json')) as RunConfig;
    expect(options).toMatchObject({ clipNorm: 0.5, epsilon: 5, policy: 'full' });
    writeFileSync(config, JSON.stringify({ flip: true, 'no-privacy': true, policy: 'full' }));
    await train('--config', config, '--force', '--out', out);
    const { options: switches } = json(join(out, 'config.json')) as RunConfig;
    expect(switches).toMatchObject({ flip: true, privacy: false });
  });

  it('warns of a δ that protects nobody, and of none that does', async () => {
    const { code, err } = await train('--delta', '0.001', '--out', join(folder, 'a'));
    expect(code).toBe(0);
    expect(err[0]).toMatch(/^warning: δ = 0.001 is not below 1\/1000/);
    const other = await train('--delta', '0.0009', '--out', join(folder, 'b'));
    expect(other.err.join()).not.toMatch(/warning/);
  });
});

describe('train with schedules', () => {
  it('analyses loss impacts for the loss-aware policy, within the same ε', async () => {
    const out = join(folder, 'run');
    const { code, out: answer, err } = await train('--epochs', '3', '--json', '--out', out);
    expect(code).toBe(0);
    const summary = JSON.parse(answer) as RunSummary;
    expect(summary.analyses).toMatchObject({ count: 2 });
    expect(summary.epsilon).toBeLessThanOrEqual(3);
    expect(summary.epsilon).toBeGreaterThan(2.99);
    expect(summary.analyses.epsilon).toBeGreaterThan(0);
    // Two events of fourteen; in a run of the default length they are one in thirty.
    expect(summary.analyses.epsilon).toBeLessThan(0.1 * 3);
    const ledger = PrivacyLedger.fromJSON(json(join(out, 'ledger.json')) as LedgerFile);
    const analyses = ledger.entries.filter(({ label }) => label === 'analysis');
    expect(analyses.map(({ count }) => count)).toEqual([1, 1]);
    expect(ledger.entries[0]!.label).toBe('analysis');
    const records = lines(join(out, 'schedule.jsonl'));
    expect(records.map((record) => 'impacts' in record)).toEqual([true, false, true]);
    const { released } = records[0]!['impacts'] as { released: Record<string, number> };
    expect(Object.keys(released)).toEqual(['conv1', 'conv2', 'conv3', 'dense']);
    expect(err.join()).toMatch(
      /At most 2 analyses.*analysis in .* loss impacts: .*2 analyses took .* those planned take 0\.\d+ of ε/,
    );
  });

  it('repeats the schedule of another run, and mixes formats', async () => {
    const first = join(folder, 'first');
    const mixed = ['--other-format', 'fp8-e4m3', '--quantized-layers', '1'];
    await train('--policy', 'probabilistic', ...mixed, '--epochs', '2', '--out', first);
    const schedule = lines(join(first, 'schedule.jsonl'));
    for (const { layers } of schedule) {
      expect(Object.values(layers as object).sort()).toEqual([
        ...new Array<string>(3).fill('fp8-e4m3'),
        'luq-fp4',
      ]);
    }
    const second = join(folder, 'second');
    const path = join(first, 'schedule.jsonl');
    const args = ['--policy', 'fixed', '--schedule', path, ...mixed, '--epochs', '2', '--json'];
    const { out: answer } = await train(...args, '--out', second);
    expect(lines(join(second, 'schedule.jsonl'))).toEqual(schedule);
    expect((JSON.parse(answer) as RunSummary).quantizedFraction).toBe(0.25);
  });

  it('takes a policy from an ES module, and says what is wrong with one', () => {
    const path = join(folder, 'policy.mjs');
    const run = join(folder, 'run');
    // In a process of its own: jest has a module loader of its own.
    const trainWith = (policy: string, text: string) => {
      writeFileSync(policy, text);
      const bin = join(__dirname, '../bin/dpquant.js');
      const args = ['train', ...shortRun, '--steps', '1', '--policy', policy, '--out', run];
      return spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8' });
    };
    const refusals = [
      ['export const policy = 1;', /expected a policy .* got undefined; has the module/],
      ['export default { name: "x" };', /select undefined/],
      ['export default (', /cannot be loaded/],
      ['export default { name: "x", select: () => 1 }', /x, epoch 0: expected select/],
    ] as const;
    for (const [text, message] of refusals) {
      const { stderr, status } = trainWith(path, text);
      expect(status).not.toBe(0);
      expect(stderr).toMatch(message);
      expect(existsSync(join(run, 'schedule.jsonl'))).toBe(false);
      rmSync(run, { recursive: true, force: true });
    }
    const typed = trainWith(join(folder, 'policy.ts'), 'export default (x: number) => x;');
    if (!('typescript' in process.features))
      expect(typed.stderr).toMatch(/Node .* cannot run.*22.18/);

    const last = 'layers.slice(-1).map(({ name }) => [name, format])';
    const text = `export default () => ({
      name: 'last', select: ({ layers, format }) => new Map(${last}) });`;
    const { stderr, status } = trainWith(path, text);
    expect([status, stderr]).toEqual([0, expect.stringMatching(/Done/)]);
    expect(lines(join(run, 'schedule.jsonl'))[0]!['layers']).toMatchObject({ dense: 'luq-fp4' });
  });

  it('trains with every optimizer, clipping rule, schedule of noise, average and view', async () => {
    const settings = [
      ['--optimizer', 'adam', '--ema', '0.5'],
      ['--optimizer', 'adamw', '--noise-ratio', '0.5', '--clip-ratio', '2'],
      ['--optimizer', 'adam-bc', '--learning-rate-schedule', 'cosine', '--warmup-steps', '1'],
      ['--clipping', 'quantile', '--views', '2', '--shift', '2', '--flip'],
      ['--clipping', 'per-layer', '--noise-multiplier', '2', '--steps', '3'],
      ['--clipping', 'automatic', '--momentum', '0.5', '--estimator', 'rollout'],
    ];
    for (const [i, args] of settings.entries()) {
      const out = join(folder, String(i));
      const small = ['--batch-size', '60', '--steps', '3', '--json', '--out', out];
      const { code, out: answer, err } = await train(...small, ...args);
      expect([code, err.at(-1)]).toEqual([0, expect.stringMatching(/^Model:/)]);
      const { epsilon, guarantee } = JSON.parse(answer) as RunSummary;
      expect(guarantee).toBe('differential privacy');
      expect(epsilon).toBeLessThanOrEqual(3);
    }
  });

  it('learns with Adam, whose epsilon is not that of privacy', async () => {
    const adam = ['--optimizer', 'adam', '--no-privacy', '--policy', 'full', '--steps', '12'];
    const { out: answer } = await train(
      ...adam,
      ...['--batch-size', '100', '--json', '--out', join(folder, 'run')],
    );
    expect((JSON.parse(answer) as RunSummary).accuracy).toBeGreaterThan(0.6);
  });

  it('trains without privacy as a baseline, and says that it guarantees nothing', async () => {
    const {
      code,
      out: answer,
      err,
    } = await train(
      ...['--no-privacy', '--policy', 'full', '--learning-rate', '0.1', '--json'],
      ...['--out', join(folder, 'run')],
    );
    expect(code).toBe(0);
    const summary = JSON.parse(answer) as RunSummary;
    expect(summary).toMatchObject({ guarantee: 'none', epsilon: null, epsilonTarget: null });
    expect(err.join()).toMatch(/No privacy guarantee.*neither clipping nor noise/);
  });

  it('stops with step and weight when it diverges, and keeps the state of the step before', async () => {
    const out = join(folder, 'run');
    const huge = ['--noise-multiplier', '100', '--clip-norm', '1e38', '--policy', 'full'];
    const { code, err } = await train(...huge, '--out', out);
    expect(code).toBe(1);
    expect(err.at(-1)).toMatch(/step 0: the released gradient of "conv1\S*" is not finite/);
    const state = json(join(out, 'checkpoint/state.json')) as { step: number; charged: number };
    expect(state).toMatchObject({ step: 0, charged: 0 });
    const ledger = PrivacyLedger.fromJSON(json(join(out, 'ledger.json')) as LedgerFile);
    expect(ledger.entries[0]!.count).toBe(1);
    expect(existsSync(join(out, 'summary.json'))).toBe(false);
  });

  it('stops early by the public accuracy', async () => {
    const { code, out: answer } = await train(
      ...['--early-stop', '1', '--epochs', '6', '--learning-rate', '1e-9', '--policy', 'full'],
      ...['--json', '--out', join(folder, 'run')],
    );
    expect(code).toBe(0);
    const summary = JSON.parse(answer) as RunSummary;
    expect(summary).toMatchObject({ stopped: 'early stop', steps: 8 });
    // The guarantee is the plan's, not what happened to be spent.
    expect(summary.epsilon).toBeGreaterThan(2.99);
    expect(summary.epsilonSpent).toBeLessThan(2.5);
  });
});

describe('diagnose', () => {
  it('shows what privacy hides, marked as outside of the guarantee', async () => {
    const run = join(folder, 'run');
    await train('--policy', 'full', '--batch-size', '60', '--steps', '1', '--out', run);
    const args = ['diagnose', run, '--steps', '2', '--points', '2'];
    const { code, out } = await dpquant(...args, '--json');
    expect(code).toBe(0);
    const found = JSON.parse(out) as Record<string, Record<string, number>[]>;
    expect(found).toMatchObject({ guarantee: 'none', format: 'luq-fp4' });
    expect(found['withNoise']).toHaveLength(2);
    for (const { infinityRatio, noiseNorm } of found['withoutNoise']!) {
      expect(infinityRatio).toBeLessThan(1e-6);
      expect(noiseNorm).toBeLessThan(1e-6);
    }
    for (const { infinityRatio, gradientNorm } of found['withNoise']!) {
      expect(infinityRatio).toBeGreaterThan(1);
      expect(gradientNorm).toBeGreaterThan(0);
    }
    expect(found['layers']!.map(({ layer }) => layer)).toEqual([
      'conv1',
      'conv2',
      'conv3',
      'dense',
    ]);
    for (const { relativeVariance } of found['layers']!)
      expect(relativeVariance).toBeGreaterThan(0);
  });
});

describe('bench', () => {
  it('times private training in float32 and four bits, and leaves no backend behind', async () => {
    const flags = ['--backend', 'wasm', '--model', 'mlp', '--batch-size', '8', '--steps', '2'];
    const { code, out, err } = await dpquant('bench', ...flags);
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(err.join('\n')).toMatch(/^wasm +[\d.]+ +[\d.]+ +[\d.]+$/m);
    const { imagesPerSecond } = JSON.parse((await dpquant('bench', ...flags, '--json')).out) as {
      imagesPerSecond: { backend: string; float32: number; luqFp4: number }[];
    };
    expect(imagesPerSecond).toEqual([
      expect.objectContaining({ backend: 'wasm', device: expect.any(String) }),
    ]);
    expect(imagesPerSecond[0]!.float32).toBeGreaterThan(0);
    expect(imagesPerSecond[0]!.luqFp4).toBeGreaterThan(0);
  });

  it('multiplies codes as it is told', async () => {
    const flags = ['--backend', 'wasm', '--model', 'mlp', '--batch-size', '8', '--steps', '1'];
    const { err, out } = await dpquant('bench', ...flags, '--products', 'float32', '--json');
    expect(err[0]).toMatch(/^wasm: .*; products: float32 \(asked for\)/);
    expect(JSON.parse(out)).toMatchObject({
      imagesPerSecond: [{ products: { arithmetic: 'float32', reason: 'asked for' } }],
    });
  });

  it('refuses a backend that does not run here', async () => {
    const { code, err } = await dpquant('bench', '--backend', 'node');
    expect(code).toBe(1);
    expect(err.join('\n')).toMatch(/tfjs-node is not installed; run: npm install/);
  });
});

describe('backends', () => {
  it('says what runs and why the rest does not, for people and for programs', async () => {
    const { code, out, err } = await dpquant('backends');
    expect({ code, out }).toEqual({ code: 0, out: '' });
    const text = err.join('\n');
    expect(text).toMatch(/^node +— +.*npm install @tensorflow\/tfjs-node@/m);
    expect(text).toMatch(/^wasm +runs +WebAssembly with SIMD/m);
    expect(text).toMatch(/Without a fast kernel:(.|\n)*cpu +AddGaussianNoise, .*QuantizeLuqFp4/);
    expect(text).toMatch(/Products of integer codes:(.|\n)*wasm +integer +always faster/);
    const { backends } = JSON.parse((await dpquant('backends', '--json')).out) as {
      backends: { name: string; isAvailable: boolean }[];
    };
    expect(backends.map(({ name }) => name)).toEqual(['node-gpu', 'node', 'webgpu', 'wasm', 'cpu']);
    expect(backends.at(-1)).toMatchObject({
      isAvailable: true,
      products: { arithmetic: 'float32', reason: expect.any(String) },
      composedKernels: expect.anything(),
    });
  });

  it('are refused by name where they do not run, with the remedy', async () => {
    const { code, err } = await train('--backend', 'node', '--out', join(folder, 'a'));
    expect(code).toBe(1);
    expect(err.join('\n')).toMatch(/tfjs-node is not installed; run: npm install/);
  });
});
