import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Command } from 'commander';
import { gaussian, PrivacyLedger, type LedgerFile } from '@dpquant/accounting';
import { absoluteOption } from '../flags/optionPaths.ts';
import { settingsOf } from './runIdentity.ts';
import type { RunSummary } from '@dpquant/training';
import type { RunConfig } from './runRecords.ts';
import { npyFile, npzFile } from '../testing/ownFiles.ts';
import { dpquant } from '../testing/recordedCommand.ts';
import { json, shortRuns } from '../testing/shortRun.ts';
import { addTrainOptions, resumedOptions } from '../flags/trainOptions.ts';

jest.setTimeout(120_000);

const { flags, train } = shortRuns();
let folder: string;
const path = (...names: string[]) => join(folder, ...names);

/** Stops a run before its end, as Ctrl-C does. */
async function interrupt(out: string, ...args: string[]): Promise<void> {
  const interrupted = train('--policy', 'probabilistic', '--out', out, ...args);
  while (!existsSync(join(out, 'schedule.jsonl'))) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  process.emit('SIGINT');
  expect((await interrupted).code).toBe(130);
}

/**
 * `--resume` of an interrupted run after a change to one of its files, which is taken back then.
 */
async function resumedWith(out: string, file: string, change: (value: never) => unknown) {
  const name = join(out, file);
  const good = readFileSync(name, 'utf8');
  const state = readFileSync(join(out, 'checkpoint/state.json'), 'utf8');
  writeFileSync(name, JSON.stringify(change(JSON.parse(good) as never)));
  const changed = readFileSync(name, 'utf8');
  const { code, err } = await dpquant('train', '--resume', '--out', out);
  expect(existsSync(join(out, 'summary.json'))).toBe(false);
  expect(readFileSync(join(out, 'checkpoint/state.json'), 'utf8')).toBe(state);
  expect(readFileSync(name, 'utf8')).toBe(changed);
  writeFileSync(name, good);
  return { code, err: err.join('\n') };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dpquant-'));
  await interrupt(path('run'));
  await interrupt(path('seeded'), '--insecure-seed', '5');
  await interrupt(path('plain'), '--no-privacy');
});
afterAll(() => rm(folder, { recursive: true }));

describe('settings of a run', () => {
  it('are all that it was started with, but for where things are', () => {
    const config = json(path('run', 'config.json')) as RunConfig;
    const names = settingsOf(config).map(([name]) => name);
    const expected = [
      ...Object.keys(config.options).map((name) => `options.${name}`),
      ...Object.keys(config.plan).map((name) => `plan.${name}`),
    ].filter((name) => name !== 'options.data');
    expect(names).toEqual(expect.arrayContaining(expected));
    expect(names).toEqual(
      expect.arrayContaining(['id.run', 'data.fingerprint', 'data.seed', 'start.frozen']),
    );
    const withOption = (change: object) => ({
      ...config,
      options: { ...config.options, ...change },
    });
    expect(settingsOf(withOption({ data: '/elsewhere' }))).toEqual(settingsOf(config));
    const program = settingsOf(withOption({ policy: '/a.mjs' }));
    expect(program).toEqual(settingsOf(withOption({ policy: '/b.mjs' })));
    expect(program).not.toEqual(settingsOf(config));
  });
});

describe('a run does not go on with', () => {
  const option = (change: object) => (config: RunConfig) => ({
    ...config,
    options: { ...config.options, ...change },
  });
  const plan = (change: object) => (config: RunConfig) => ({
    ...config,
    plan: { ...config.plan, ...change },
  });
  it.each<[string, string, (config: RunConfig) => unknown]>([
    ['run', 'options.delta is 0.001 ', option({ delta: 1e-3 })],
    ['run', 'options.noiseMultiplier is 50 ', option({ noiseMultiplier: 50 })],
    ['run', 'options.seed is 12 ', option({ seed: 12 })],
    ['run', 'options.insecureSeed is 1 ', option({ insecureSeed: 1 })],
    ['run', 'options.privacy is false ', option({ privacy: false })],
    ['run', 'plan.noiseMultiplier is 50 ', plan({ noiseMultiplier: 50 })],
    ['run', 'plan.sampleRate is 0.001 ', plan({ sampleRate: 0.001 })],
    ['run', 'plan.steps is 400 ', plan({ steps: 400 })],
    ['run', 'plan.clipNorm is 9 ', plan({ clipNorm: 9 })],
    ['run', 'data.seed is 12 ', (config) => ({ ...config, data: { ...config.data, seed: 12 } })],
    ['run', 'id.run is "other" ', (config) => ({ ...config, id: 'other' })],
    ['seeded', 'options.insecureSeed is absent ', option({ insecureSeed: undefined })],
    ['plain', 'options.privacy is true ', option({ privacy: true })],
  ])('another setting: %s, %s', async (run, message, change) => {
    const { code, err } = await resumedWith(path(run), 'config.json', change);
    expect(code).toBe(2);
    expect(err).toContain(`dpquant: resume: ${message}`);
    expect(err).toMatch(/the run was started with .*; restore the file/);
  });

  it('a configuration that is none', async () => {
    for (const value of [{}, null, { options: 1 }]) {
      const { code, err } = await resumedWith(path('run'), 'config.json', () => value);
      expect([code, err]).toEqual([2, expect.stringMatching(/another version of DPQuant/)]);
    }
  });

  it('the ledger of another run', async () => {
    const { code, err } = await resumedWith(path('run'), 'ledger.json', () =>
      json(path('seeded', 'ledger.json')),
    );
    expect([code, err]).toEqual([2, expect.stringMatching(/is the ledger of another run/)]);
  });

  it('events that are none of its plan', async () => {
    for (const label of ['training', 'analysis'] as const) {
      const { code, err } = await resumedWith(path('run'), 'ledger.json', (file: LedgerFile) =>
        PrivacyLedger.fromJSON(file).record(gaussian(9), label),
      );
      expect([code, err]).toEqual([
        2,
        expect.stringMatching(`shows ${label} events that are not in this run's plan`),
      ]);
    }
  });

  it('other examples', async () => {
    const data = path('changed.npz');
    const pixels = Uint8Array.from({ length: 2000 * 784 }, (_, i) => i % 251);
    const classes = Uint8Array.from({ length: 2000 }, (_, i) => i % 10);
    const arrays = { x: npyFile([2000, 28, 28, 1], pixels), y: npyFile([2000], classes) };
    writeFileSync(data, npzFile(arrays));
    const { code, err } = await dpquant('train', '--resume', '--out', path('run'), '--data', data);
    expect([code, err.at(-1)]).toEqual([
      2,
      expect.stringMatching(/data: \S+ holds other examples than when/),
    ]);
  });

  it("a program that nobody has named, and does with one's own", () => {
    const policy = join(process.cwd(), 'policy.mjs');
    const stored = { policy, seed: 1 } as RunConfig['options'];
    const parsed = (...args: string[]) => {
      const command = new Command();
      addTrainOptions(command);
      return command.parse(['--resume', '--out', 'run', ...args], { from: 'user' });
    };
    expect(() => resumedOptions(parsed(), stored)).toThrow(
      /the program \S+policy.mjs, .* if you trust it, add --policy \S+policy.mjs/,
    );
    expect(() => resumedOptions(parsed('--policy', 'static'), stored)).toThrow(/cannot change/);
    expect(resumedOptions(parsed('--policy', './policy.mjs'), stored)).toEqual(stored);
    const moved = resumedOptions(parsed('--policy', './moved.mjs'), stored);
    expect(moved.policy).toBe(join(process.cwd(), 'moved.mjs'));
  });
});

describe('a run that goes on', () => {
  it('warns in another folder than its own, and takes data that have moved', async () => {
    const data = path('moved.npz');
    cpSync(flags()[1]!, data);
    cpSync(path('run'), path('copy'), { recursive: true });
    const copy = await dpquant('train', '--resume', '--out', path('copy'), '--data', data);
    expect([0, 3]).toContain(copy.code);
    const warning = /^warning: \S+ is not the folder that the run was started in/m;
    expect(copy.err.join('\n')).toMatch(warning);
    renameSync(path('run'), path('renamed'));
    const moved = await dpquant('train', '--resume', '--json', '--out', path('renamed'));
    expect(moved.err.join('\n')).toMatch(warning);
    const { epsilon, guarantee } = JSON.parse(moved.out) as RunSummary;
    expect(guarantee).toBe('differential privacy');
    const ledger = PrivacyLedger.fromJSON(json(path('renamed', 'ledger.json')));
    expect(epsilon).toBeGreaterThanOrEqual(ledger.epsilon(1e-5));
  });
});

describe('paths', () => {
  it('lead where the system follows them', () => {
    mkdirSync(path('here', 'there'), { recursive: true });
    symlinkSync(path('here', 'there'), path('link'));
    const real = join(realpathSync(folder), 'here');
    const lexical = absoluteOption('data', `${path('link')}/../x.npz`);
    expect(lexical).toBe(join(real, 'x.npz'));
    expect(absoluteOption('data', 'mnist')).toBe('mnist');
    expect(absoluteOption('schedule', path('nowhere', 'x'))).toBe(path('nowhere', 'x'));
    expect(absoluteOption('format', 'int8')).toBe('int8');
  });
});

describe('--force', () => {
  it('warns where the ledger that it replaces cannot be read, or is not there', async () => {
    const out = path('plain');
    const ledger = join(out, 'ledger.json');
    const warning = /^warning: \S+ledger.json cannot be read .* does not count it/m;
    writeFileSync(ledger, '{');
    rmSync(join(out, 'config.json'));
    const { code, err } = await train('--policy', 'full', '--force', '--out', out);
    expect(code).toBe(0);
    expect(err.join('\n')).toMatch(warning);
    rmSync(ledger);
    const again = await train('--policy', 'full', '--force', '--out', out);
    expect(again.err.join('\n')).toMatch(warning);
  });
});
