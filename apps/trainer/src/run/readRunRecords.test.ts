import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RunFolder } from '@dpquant/training/node';
import { computingFlags, type TrainOptions } from '../flags/computingOptions.ts';
import { flagText, type Flag } from '../flags/flags.ts';
import { parseRunConfig, readGuarantee } from './readRunRecords.ts';
import type { RunConfig } from './runRecords.ts';
import { givenSettings } from '../flags/settingsConflicts.ts';
import { dpquant } from '../testing/recordedCommand.ts';
import { temporaryFolder } from '../testing/temporaryFolder.ts';
import { addTrainOptions, resolveTrainOptions } from '../flags/trainOptions.ts';

const folder = temporaryFolder();

/** What flags come to, and which of them were given. */
function resolved(...args: string[]) {
  const command = new Command('train').exitOverride();
  addTrainOptions(command);
  command.parse(args, { from: 'user' });
  const { config, ...options } = resolveTrainOptions(command);
  return { options: options as TrainOptions, given: givenSettings(command) };
}

/** A configuration with all fields that there may be but for most options. */
function whole(options: Partial<TrainOptions> = {}, given: RunConfig['given'] = []): RunConfig {
  const data = {
    ...{ source: 'mnist', fingerprint: 'f', rows: ['r'], privacyUnit: 'person' },
    ...{ seed: 4, validationFraction: 0.2 },
  };
  return {
    id: 'one',
    options: { ...resolved().options, seed: 4, ...options },
    given,
    plan: {
      ...{ unitCount: 9, sampleRate: 0.5, steps: 2, stepsPerEpoch: 2, accountant: 'pld' },
      ...{ noiseMultiplier: { from: 2, to: 1 }, clipNorm: { from: 1, to: 2 }, valueCount: 7 },
      analyses: {
        ...{ sampleRate: 0.5, batches: 1, noiseMultiplier: 1, sensitivity: 1, valueCount: 3 },
        ...{ interval: 2, count: 1 },
      },
    },
    start: {
      topology: { class_name: 'Sequential' },
      weights: { file: 'w', sha256: 's' },
      ...{ loaded: ['conv'], fresh: ['dense'], frozen: [], includedRuns: ['a'] },
      earlierRuns: [{ run: 'a', charged: 3, data, includes: ['b'] }],
    },
    data,
    folder: { path: 'p', number: 'n' },
    backend: { name: 'wasm', device: 'd', products: 'integer' },
    versions: { dpquant: '0' },
  };
}

/** A configuration as it is read back from its file. */
const read = (config: unknown) => parseRunConfig(JSON.parse(JSON.stringify(config)), 'config.json');

const flags = Object.entries<Flag>(computingFlags);

/** Texts of which each flag with a value takes some. */
const texts = [
  ...'0 1 3 0.5 1e-5 0.999 123456789 mnist mlp full a.mjs rollout int8 quantile adamw'.split(' '),
  ...['cosine', 'cpu', 'float32', 'compute', 'y,track', 'a=1,2', 'ä "quoted"'],
  ...['indicator', 'semicolon'],
];

/** What a flag makes of these texts. */
const valuesOf = ({ parse }: Flag): unknown[] =>
  texts.flatMap((text) => {
    try {
      return [parse!(text)];
    } catch {
      return [];
    }
  });

describe('the options in config.json', () => {
  it('are the defaults of the flags that have one', () => {
    const { options, given } = resolved();
    expect(given).toEqual([]);
    const defaults = flags.filter(([, { value }]) => value !== undefined);
    expect(defaults.length).toBeGreaterThan(30);
    expect(options).toEqual(Object.fromEntries(defaults.map(([name, { value }]) => [name, value])));
    expect(read(whole())).toEqual(whole());
  });

  it.each(flags)('have every value that is given for %s', (name, flag) => {
    const text = flagText(name, flag);
    const values = flag.parse ? valuesOf(flag) : [flag.value !== true];
    expect(values.length).toBeGreaterThan(0);
    for (const value of values) {
      // By itself: others of the command line may exclude it.
      const command = new Command('train').exitOverride();
      addTrainOptions(command);
      command.parse([text, ...(flag.parse ? [String(value)] : [])], { from: 'user' });
      expect(givenSettings(command)).toEqual([name]);
      const config = whole(command.opts<TrainOptions>(), [name as keyof TrainOptions]);
      expect(config.options[name as keyof TrainOptions]).toEqual(value);
      expect(read(config)).toEqual(config);
    }
  });

  it('are read by --config as they were given', () => {
    const path = join(folder(), 'config.json');
    const flags = ['--steps', '3', '--noise-multiplier', '5', '--no-adaptive-analysis', '--flip'];
    const { options, given } = resolved(...flags);
    writeFileSync(path, JSON.stringify(whole(options, given)));
    const again = resolved('--config', path);
    expect(again.options).toEqual({ ...options, seed: 4 });
    expect(again.given).toEqual(expect.arrayContaining([...given, 'seed']));
    expect(again.given).toHaveLength(given.length + 1);
  });
});

type Path = readonly string[];

/** Every field of an object, and of those within it. */
function paths(value: unknown, path: Path = []): Path[] {
  // What is in a topology is the affair of TensorFlow.js.
  if (typeof value !== 'object' || value === null || path.at(-1) === 'topology') return [path];
  const inner = Object.entries(value).flatMap(([key, each]) => paths(each, [...path, key]));
  return path.length === 0 ? inner : [path, ...inner];
}

/** A copy with another value in a place; without it for undefined. */
function changed(value: unknown, [key, ...rest]: Path, other: unknown): unknown {
  if (key === undefined) return other;
  const copy = (
    Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }
  ) as Record<string, unknown>;
  copy[key] = changed(copy[key], rest, other);
  return copy;
}

const at = (value: unknown, path: Path): unknown =>
  path.reduce((inner, key) => (inner as Record<string, unknown>)[key], value);

/** With a value for each flag. */
const complete = whole(
  Object.fromEntries(
    flags.map(([name, flag]) => [name, flag.value ?? (flag.parse ? valuesOf(flag)[0] : true)]),
  ),
  ['epochs'],
);
const fields = paths(complete);

const isOfList = (path: Path) => /^\d+$/.test(path.at(-1)!);

/** Fields that a run need not have. */
const mayBeMissing = [
  ...flags.filter(([, { value }]) => value === undefined).map(([name]) => `options.${name}`),
  ...['id', 'backend', 'plan.analyses', 'plan.analyses.batches', 'plan.accountant'],
  'versions.dpquant',
  ...['topology', 'weights', 'loaded', 'fresh', 'earlierRuns', 'includedRuns'].map(
    (name) => `start.${name}`,
  ),
  ...['start.earlierRuns.0.run', 'start.earlierRuns.0.includes'],
  ...['data', 'start.earlierRuns.0.data'].flatMap((data) =>
    ['fingerprint', 'rows', 'privacyUnit'].map((name) => `${data}.${name}`),
  ),
].filter((name) => name !== 'options.seed');

/** Files of before these flags, which are true by default, are read as if they had them. */
const trueIfMissing = ['options.header', 'options.exifRotation'];

/** Without one of these a file is no configuration of a run at all. */
const parts = ['options', 'plan', 'start', 'data'];

describe('config.json', () => {
  it('is read with all its fields', () => {
    expect(fields.length).toBeGreaterThan(120);
    expect(read(complete)).toEqual(complete);
  });

  it.each(fields.map((path) => [path.join('.'), path] as const))(
    'is refused by name without %s, or with another type of it',
    (name, path) => {
      const value = at(complete, path);
      const isOfPlan = name.startsWith('plan.');
      const begins = (text: string) => {
        if (parts.includes(name)) return 'config.json does not say what';
        // The plan has its own reader, in another package.
        return isOfPlan
          ? `config.json: plan: ${path.slice(1).join('.')}`
          : `config.json: ${name} ${text}`;
      };
      const text = typeof value === 'number' ? String(value) : 'text';
      for (const other of [null, typeof value === 'string' ? 5 : text]) {
        expect(() => read(changed(complete, path, other))).toThrow(
          begins(`is ${JSON.stringify(other)}. Expected `),
        );
      }
      if (isOfList(path)) return;
      const without = changed(complete, path, undefined);
      if (trueIfMissing.includes(name))
        expect(read(without)).toEqual(changed(complete, path, true));
      else if (mayBeMissing.includes(name)) expect(read(without)).toEqual(without);
      else expect(() => read(without)).toThrow(begins('is missing. Expected '));
    },
  );

  it('is refused by name and value with a number out of range', () => {
    expect(() => read(changed(complete, ['options', 'ema'], 1))).toThrow(
      'config.json: options.ema is 1. Expected a number from 0 to below 1. Restore the file',
    );
    expect(() => read(changed(complete, ['plan', 'sampleRate'], 2))).toThrow(
      'config.json: plan: sampleRate: expected a number in (0, 1], got 2. Restore the file',
    );
  });

  it('is refused with a field that it does not have', () => {
    const objects = [[], ...fields].filter((path) => {
      const value = at(complete, path);
      const isObject = typeof value === 'object' && !Array.isArray(value);
      return isObject && !['topology', 'versions'].includes(path.at(-1) ?? '');
    });
    expect(objects.map((path) => path.join('.'))).toEqual([
      ...['', 'options', 'plan', 'plan.noiseMultiplier', 'plan.clipNorm', 'plan.analyses'],
      ...['start', 'start.weights'],
      ...['start.earlierRuns.0', 'start.earlierRuns.0.data', 'data', 'folder', 'backend'],
    ]);
    const name = fc.stringMatching(/^[a-z]{1,9}$/);
    const law = fc.property(fc.constantFrom(...objects), name, (path, name) => {
      fc.pre(!(name in (at(complete, path) as object)));
      const place = [...path, name];
      const [part, ...inner] = place;
      expect(() => read(changed(complete, place, 1))).toThrow(
        part === 'plan'
          ? `config.json: plan: ${inner.join('.')}: there is no such field; expected `
          : `config.json: ${place.join('.')} is no field of such a file.`,
      );
    });
    fc.assert(law, { seed: 20_28, numRuns: 300 });
  });

  it.each([
    ['evaluate', (run: string) => ['evaluate', run]],
    ['diagnose', (run: string) => ['diagnose', run]],
    ['train --resume', (run: string) => ['train', '--resume', '--out', run]],
  ])('is refused by %s', async (_, args) => {
    const run = join(folder(), 'run');
    mkdirSync(run);
    writeFileSync(join(run, 'summary.json'), '{}');
    const config = changed(complete, ['options', 'delta'], '1e-5');
    writeFileSync(join(run, 'config.json'), JSON.stringify(config));
    const { code, err } = await dpquant(...args(run));
    expect([code, err]).toEqual([
      2,
      [
        `dpquant: ${run}/config.json: options.delta is "1e-5". Expected a number between 0 and 1, both excluded. ` +
          'Restore the file, or use the version of DPQuant that wrote it',
      ],
    ]);
  });
});

it('refuses a summary that does not say what is guaranteed', async () => {
  const run = join(folder(), 'run');
  mkdirSync(run);
  writeFileSync(join(run, 'config.json'), JSON.stringify(complete));
  writeFileSync(join(run, 'summary.json'), '{"guarantee": "some"}');
  const open = await RunFolder.open(run);
  await expect(readGuarantee(open)).rejects.toThrow(
    'summary.json: guarantee is "some". Expected one of differential privacy, none.',
  );
});
