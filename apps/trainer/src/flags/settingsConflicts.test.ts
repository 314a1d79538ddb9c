import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from '@jest/globals';
import { givenSettings } from './settingsConflicts.ts';
import { dpquant } from '../testing/recordedCommand.ts';
import { temporaryFolder } from '../testing/temporaryFolder.ts';
import { addTrainOptions, resolveTrainOptions } from './trainOptions.ts';

const folder = temporaryFolder();

/** What the flags of `dpquant train` come to. */
function resolved(...args: string[]) {
  const command = new Command('train').exitOverride();
  addTrainOptions(command);
  command.parse(args, { from: 'user' });
  return resolveTrainOptions(command);
}

/** The flag that reads settings from a file. */
function config(settings: object): string[] {
  const path = join(folder(), 'config.json');
  writeFileSync(path, JSON.stringify(settings));
  return ['--config', path];
}

const schedule = ['--policy', 'fixed', '--schedule', 's.jsonl'];

/** Contradictions, each with what is said of it. */
const contradictions: [string[], RegExp][] = [
  [['--noise-multiplier', '1', '--epsilon', '3'], /epsilon: --epsilon and --noise-multiplier excl/],
  [['--steps', '3', '--epochs', '2'], /steps: --steps and --epochs exclude each other/],
  ...['--quantized-layers', '--low-precision-share', '--target-speedup'].map(
    (flag): [string[], RegExp] => [
      ['--quantized-fraction', '0.5', flag, '1'],
      new RegExp(`--quantized-fraction and ${flag} exclude`),
    ],
  ),
  ...Object.entries({
    '--epsilon': '1',
    '--delta': '1e-6',
    '--noise-multiplier': '2',
    '--noise-ratio': '2',
    '--clip-norm': '1',
    '--clip-ratio': '2',
    '--clipping': 'flat',
    '--quantile': '0.5',
  }).map(([flag, value]): [string[], RegExp] => [
    ['--no-privacy', flag, value],
    new RegExp(`${flag} has no effect under --no-privacy, which neither.*; leave one of them out$`),
  ]),
  [['--quantile', '0.9'], /--quantile has no effect under --clipping flat.*choose --clipping quan/],
  [['--schedule', 's.jsonl'], /--schedule has no effect under --policy loss-aware.*--policy fixed/],
  [['--policy', 'full', '--quantized-fraction', '0.5'], /--policy full, which runs every layer in/],
  [['--policy', 'full', '--format', 'luq-fp4'], /--format has no effect under --policy full/],
  ...['full', 'static'].map((policy): [string[], RegExp] => [
    ['--policy', policy, '--schedule-interval', '2'],
    new RegExp(`--schedule-interval has no effect under --policy ${policy}, whose layers stay`),
  ]),
  ...['--full-precision-start', '--full-precision-end'].flatMap((flag): [string[], RegExp][] => [
    [
      ['--policy', 'full', flag, '0.2'],
      new RegExp(`${flag} has no effect under --policy full, which runs every layer in float32`),
    ],
    [
      ['--format', 'float32', flag, '0.2'],
      new RegExp(`${flag} has no effect under --format float32, which is full precision thr`),
    ],
  ]),
  [
    ['--full-precision-start', '0.4', '--full-precision-end', '0.6'],
    /--full-precision-end has no effect under --full-precision-start 0\.4, beside which it leaves/,
  ],
  [
    ['--policy', 'static', '--impact-per', 'compute'],
    /--impact-per has no effect under --policy s/,
  ],
  [['--policy', 'my.js', '--impact-per', 'layer'], /--impact-per has no effect under --policy my/],
  [['--policy', 'full', '--other-format', 'int8'], /--other-format has no effect under --policy f/],
  [[...schedule, '--target-speedup', '2'], /--target-speedup has no effect under --policy fixed/],
  [
    ['--policy', 'static', '--temperature', '2'],
    /--temperature has no effect under --policy static/,
  ],
  [['--policy', 'my.js', '--temperature', '2'], /--temperature has no effect under --policy my.js/],
  ...[
    ...[['--estimator', 'rollout'], ['--analysis-interval', '2'], ['--no-adaptive-analysis']],
    ...[
      ['--analysis-batch-size', '9'],
      ['--analysis-noise', '1'],
      ['--analysis-clip-norm', '1'],
    ],
    ['--analysis-smoothing', '0.5'],
    ['--analysis-start', '1'],
  ].map((flags): [string[], RegExp] => [
    ['--policy', 'probabilistic', ...flags],
    new RegExp(`${flags[0]} has no effect under --policy probabilistic, which has no analyses`),
  ]),
  [
    ['--model', 'small-cnn', '--width', '8'],
    /width: --width has no effect under --model small-cnn.*choose --model resnet18 or resnet20 or/,
  ],
  [
    ['--policy', 'full', '--schedule-seed', '1'],
    /--schedule-seed has no effect under --policy full, which draws no layers/,
  ],
  [[...schedule, '--schedule-seed', '1'], /--schedule-seed has no effect under --policy fixed/],
  [['--optimizer', 'adam', '--momentum', '0.9'], /--momentum has no effect under --optimizer adam/],
  [['--weight-decay', '0.1'], /--weight-decay has no effect under --optimizer sgd.*adamw/],
  [['--backend', 'cpu', '--threads', '2'], /--threads has no effect under --backend cpu/],
  [['--products', 'integer', '--format', 'bf16'], /--products has no effect under --format bf16/],
];

describe('contradictions', () => {
  it.each(contradictions)('of %j are refused', async (args, message) => {
    expect(() => resolved(...args)).toThrow(message);
    const { code, err } = await dpquant('train', ...args, '--out', join(folder(), 'run'));
    expect([code, err]).toEqual([2, [expect.stringMatching(message)]]);
  });

  it('in a file are refused as those of flags', () => {
    const goals = { epsilon: 3, 'noise-multiplier': 1 };
    expect(() => resolved(...config(goals))).toThrow(/--epsilon and --noise-multiplier exclude/);
    expect(() => resolved(...config({ 'no-privacy': true, delta: 1e-5 }))).toThrow(/no-privacy/);
    expect(() => resolved(...config({ 'no-privacy': true }), '--epsilon', '1')).toThrow(/no-priv/);
    expect(() => resolved(...config({ policy: 'full' }), '--format', 'int8')).toThrow(
      /policy full/,
    );
  });

  it('do not take what was not given for a wish', () => {
    for (const args of [
      ['--noise-multiplier', '1', '--delta', '1e-6'],
      ['--no-privacy', '--policy', 'full'],
      ['--steps', '3'],
      ['--policy', 'my.js', '--estimator', 'rollout', '--quantized-layers', '1'],
      ['--clipping', 'quantile', '--quantile', '0.9', '--clip-norm', '2'],
      ['--seed', '1', '--insecure-seed', '2'],
      ['--model', 'resnet20', '--width', '8', '--split-seed', '1', '--schedule-seed', '2'],
      ['--policy', 'static', '--full-precision-end', '0.1', '--schedule-interval', '2'],
      [...schedule, '--full-precision-start', '0.5', '--full-precision-end', '0.4'],
      ['--format', 'float32', '--other-format', 'int8', '--full-precision-end', '0.1'],
      ['--impact-per', 'compute', '--analysis-start', '1', '--other-format', 'int8'],
      ['--policy', 'my.js', '--analysis-start', '1', '--schedule-interval', '5'],
      ['--products', 'integer', '--format', 'bf16', '--other-format', 'int8'],
    ]) {
      expect(() => resolved(...args)).not.toThrow();
    }
  });
});

describe('a flag', () => {
  it('replaces those settings of the file that it excludes', () => {
    const goal = resolved(...config({ 'noise-multiplier': 5, steps: 7 }), '--epsilon', '2');
    expect(goal).toMatchObject({ epsilon: 2, noiseMultiplier: undefined, steps: 7 });
    const longer = resolved(...config({ steps: 7 }), '--epochs', '2');
    expect(longer).toMatchObject({ epochs: 2, steps: undefined });
    const budget = resolved(...config({ 'quantized-fraction': 0.5 }), '--quantized-layers', '1');
    expect(budget).toMatchObject({ quantizedLayers: 1, quantizedFraction: undefined });
    const baseline = resolved(...config({ epsilon: 1, 'clip-norm': 2 }), '--no-privacy');
    expect(baseline).toMatchObject({ privacy: false, epsilon: 3, clipNorm: 1 });
  });
});

describe('a configuration that a run has resolved', () => {
  it('contradicts nothing, and is overridden by flags', () => {
    const { config: none, ...settings } = resolved('--noise-multiplier', '5', '--steps', '3');
    expect(none).toBeUndefined();
    const options = { ...settings, seed: 4 };
    for (const file of [{ options, plan: {}, versions: {} }, options]) {
      expect(resolved(...config(file))).toMatchObject({ noiseMultiplier: 5, steps: 3, seed: 4 });
      const goal = resolved(...config(file), '--epsilon', '2', '--epochs', '1');
      expect(goal).toMatchObject({ epsilon: 2, epochs: 1, noiseMultiplier: undefined });
      expect(goal.steps).toBeUndefined();
      expect(resolved(...config(file), '--no-privacy').privacy).toBe(false);
    }
    const baseline = resolved('--no-privacy', '--policy', 'full');
    expect(resolved(...config({ options: baseline, plan: {} })).privacy).toBe(false);
  });
});

describe('the config.json of a run', () => {
  /** As a run writes it that was started with these flags; edited afterwards. */
  const written = (flags: string[], edited: object = {}) => {
    const command = new Command('train').exitOverride();
    addTrainOptions(command);
    command.parse(flags, { from: 'user' });
    const options = { ...resolveTrainOptions(command), seed: 4, ...edited };
    return config({ options, given: givenSettings(command), plan: {} });
  };

  it('keeps what was given, defaults too, from what excludes it', () => {
    const goal = ['--epsilon', '3'];
    expect(resolved(...written(goal))).toMatchObject({ epsilon: 3, seed: 4 });
    expect(() => resolved(...written(goal, { noiseMultiplier: 5 }))).toThrow(
      /--epsilon and --noise-multiplier exclude/,
    );
    expect(() => resolved(...written(['--steps', '7'], { epochs: 3 }))).toThrow(/exclude/);
    expect(() => resolved(...written(['--format', 'int8']), '--policy', 'full')).toThrow(
      /--format has no effect under --policy full/,
    );
    expect(() => resolved(...written(['--momentum', '0']), '--optimizer', 'adam')).toThrow(
      /--momentum has no effect/,
    );
  });

  it('takes what was not given for no wish', () => {
    const baseline = resolved(...written(['--no-privacy']), '--policy', 'full');
    expect(baseline).toMatchObject({ privacy: false, policy: 'full', epsilon: 3 });
    const other = resolved(...written(['--epsilon', '3']), '--noise-multiplier', '5');
    expect(other).toMatchObject({ noiseMultiplier: 5, epsilon: 3 });
    expect(resolved(...written([]), '--optimizer', 'adam').momentum).toBe(0);
  });
});

it('leaves nothing of --config to a run that is resumed', async () => {
  const { code, err } = await dpquant('train', '--resume', ...config({ epsilon: 1 }));
  expect([code, err]).toEqual([2, [expect.stringMatching(/config: a run that is resumed keeps/)]]);
});
