import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import { stopBackends } from '@dpquant/backends';
import { arithmeticNames } from '@dpquant/quantization';
import { packageVersion } from './commandLine.ts';
import { dpquant } from './testing/recordedCommand.ts';
import { mnistRun, withoutExcluded } from './testing/shortRun.ts';
import { temporaryFolder } from './testing/temporaryFolder.ts';

jest.setTimeout(120_000);

const folder = temporaryFolder();
const train = (...args: string[]) => dpquant('train', ...withoutExcluded(mnistRun, args), ...args);

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

  it('knows every name that train takes for a format', async () => {
    for (const name of arithmeticNames()) expect((await dpquant('formats', name)).code).toBe(0);
    expect((await dpquant('formats', 'int4-luq')).out).toBe(
      'int4-luq: weights in int4, activations in int4, output gradients in luq-fp4',
    );
    expect((await dpquant('formats')).out).toMatch(/^int4-luq +weights in int4, act.* luq-fp4$/m);
    const { mixes } = await answer();
    expect(mixes).toContainEqual({
      ...{ name: 'int4-luq', weights: 'int4', activations: 'int4' },
      outputGradients: 'luq-fp4',
    });
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
    ['a mistyped format', ['mxint4'], /Did you mean mxint8\?/],
    [
      'to encode in a mix',
      ['encode', '--format', 'int4-luq', '--values', '1'],
      /int4-luq is no single format \(weights in int4.*Expected one of luq-fp4/,
    ],
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

  it('answers for releases of everything beside sampled steps', async () => {
    const events = ['--event', '1,0.2,1', '--event', '0.01,1,100', '--delta', '1e-5'];
    const { code, out } = await dpquant('epsilon', ...events, '--json');
    expect(code).toBe(0);
    expect((JSON.parse(out) as { epsilon: number }).epsilon).toBeCloseTo(33.12, 2);
  });

  it('refuses noise that is next to none', async () => {
    const { code, out, err } = await dpquant('epsilon', '--event', '1,1e-200,1', '--delta', '1e-5');
    expect([code, out]).toEqual([2, '']);
    expect(err).toEqual([
      'dpquant: expected a finite ε, got Infinity: a noise multiplier of 1e-200 is next to no noise; raise it',
    ]);
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
    [['--eps', '3'], /unknown option '--eps'\. Did you mean --epsilon\?/],
    [['--format', 'luqfp4'], /format.*Expected one of.*\. Did you mean luq-fp4\?/],
    [['--policy', 'statc'], /policy.*\. Did you mean static\?/],
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
    [['--target-speedup', '100'], /--target-speedup: expected at most 4, .*got 100; lower it/],
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
    const out = join(folder(), 'run');
    const { code, err } = await train('--out', out, ...args);
    expect(code).toBe(2);
    expect(err).toHaveLength(1);
    expect(err[0]).toMatch(/^dpquant: /);
    expect(err[0]).toMatch(message);
    expect(err[0]).not.toContain('\n');
    expect(existsSync(out)).toBe(false);
  });

  it('names what is wrong in a config file', async () => {
    const config = join(folder(), 'config.json');
    for (const [text, message] of [
      ['{"epsilon": -1}', /"epsilon" is -1.*positive/],
      ['{"flip": 1}', /"flip" is 1.*Expected true or false/],
      ['{"epsilom": 1}', /unknown setting "epsilom" in .*\. Did you mean epsilon\?/],
      ['{"views": [3]}', /"views" is \[3\] in .*Expected a whole number/],
      ['{"initWeights": {}}', /"initWeights" is {} in .*Expected a text/],
      ['{"privacy": true, "no-privacy": true}', /"privacy" and "no-privacy" in .* same setting/],
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
    const { code, err } = await dpquant('trian');
    expect([code, err]).toEqual([2, ["dpquant: unknown command 'trian'. Did you mean train?"]]);
  });

  it('says its version in each way that people ask for it', async () => {
    const answers = await Promise.all(['-v', '-V', '--version'].map((flag) => dpquant(flag)));
    for (const { code, out } of answers) expect([code, out]).toEqual([0, packageVersion()]);
  });
});

describe('data', () => {
  it('describes a table, and says that this is outside the guarantee', async () => {
    const path = join(folder(), 'table.csv');
    writeFileSync(path, 'years,person,class\n3,p,0\n4,q,1\n5,p,2\n');
    const { code, out, err } = await dpquant('data', path, '--privacy-unit', 'person', '--json');
    expect([code, err]).toEqual([
      0,
      ['Outside the privacy guarantee: exact counts of private data'],
    ]);
    expect(JSON.parse(out)).toEqual({
      data: path,
      count: 3,
      inputShape: [1],
      inputNames: ['years'],
      classCount: 3,
      classNames: ['0', '1', '2'],
      classesAreCounted: true,
      privacyUnits: 2,
      privacyUnit: 'person',
      guarantee: 'none',
    });
    const people = await dpquant('data', path, '--privacy-unit', 'person');
    expect(people.out.split('\n')).toEqual([
      'examples       3',
      'shape of one   1',
      'inputs         1: years',
      'classes        3: 0, 1, 2 (counted from the labels)',
      'privacy units  2 (person)',
    ]);
    expect((await dpquant('data', path, '--privacy-unit', 'name')).code).toBe(1);
    expect((await dpquant('data', join(folder(), 'none'))).code).toBe(2);
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

  it('fits a terminal of 80 columns, of every command', async () => {
    const { out } = await dpquant('--help');
    const commands = [...out.matchAll(/^ {2}(\w+) (?=.*\S)/gm)].map(([, name]) => name!);
    expect(commands).toEqual(expect.arrayContaining(['compare', 'report', 'audit']));
    const pages = [[], ...commands.map((name) => [name]), ['formats', 'encode']];
    for (const page of pages.filter(([name]) => name !== 'dpquant' && name !== 'help')) {
      const { code, out } = await dpquant(...page, '--help');
      expect(code).toBe(0);
      expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
    }
  });
});

describe('diagnose', () => {
  it('shows what privacy hides, marked as outside of the guarantee', async () => {
    const run = join(folder(), 'run');
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

describe('backends', () => {
  // One that runs stays as it was started, by another command.
  beforeAll(stopBackends);

  it('says what runs and why the rest does not, for people and for programs', async () => {
    const { code, out, err } = await dpquant('backends');
    expect({ code, out }).toEqual({ code: 0, out: '' });
    const text = err.join('\n');
    expect(text).toMatch(/^node +— +.*npm install @tensorflow\/tfjs-node@/m);
    expect(text).toMatch(/^wasm +runs +WebAssembly with SIMD/m);
    expect(text).toMatch(/Without a fast kernel:(.|\n)*cpu +(?=.*AddGridNoise).*QuantizeLuqFp4/);
    expect(text).toMatch(/Products of integer codes:(.|\n)*wasm +integer +faster than float32: /);
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
    const { code, err } = await train('--backend', 'node', '--out', join(folder(), 'a'));
    expect(code).toBe(1);
    expect(err.join('\n')).toMatch(/tfjs-node is not installed; run: npm install/);
  });
});
