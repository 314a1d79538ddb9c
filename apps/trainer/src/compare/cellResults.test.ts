import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { gaussian, PrivacyLedger } from '@dpquant/accounting';
import { composedEpsilon } from '@dpquant/experiments';
import type { RunSummary } from '@dpquant/training';
import { json, shortRuns } from '../testing/shortRun.ts';
import { temporaryFolder } from '../testing/temporaryFolder.ts';
import { launchArguments, resultIn } from './cellResults.ts';

jest.setTimeout(60_000);

const { flags, train } = shortRuns();
const temporary = temporaryFolder();
const policy = ['--policy=loss-aware', '--epochs=1', '--seed=1'];
const cellArguments = () => ['train', ...flags().slice(0, -2), ...policy];

let folder: string;
let run: string;
let summary: RunSummary;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dpquant-cells-'));
  run = join(folder, 'run');
  const { code } = await train(...policy, '--out', run);
  expect(code).toBe(0);
  summary = json(join(run, 'summary.json')) as RunSummary;
});
afterAll(() => rm(folder, { recursive: true }));

/** The run as it would be without some of its files. */
function copy(...without: string[]): string {
  const copied = join(temporary(), 'copy');
  cpSync(run, copied, { recursive: true });
  for (const name of without) rmSync(join(copied, name), { recursive: true });
  return copied;
}

const epsilonIn = (folder: string) => composedEpsilon([resultIn(folder).spending!], summary.delta)!;

describe('what a run has spent', () => {
  it('is what it guarantees once it is finished, and what is charged before', () => {
    expect(epsilonIn(run)).toBeCloseTo(summary.epsilon!, 10);
    expect(resultIn(run)).toMatchObject({ state: 'finished' });
    // As if it had been stopped after its first charges.
    const ledger = json(join(run, 'ledger.json')) as { entries: unknown[] };
    expect(ledger.entries.length).toBeGreaterThan(1);
    const begun = copy('summary.json');
    expect(resultIn(begun)).toMatchObject({ state: 'not finished' });
    expect(epsilonIn(begun)).toBeCloseTo(summary.epsilonSpent!, 10);
  });

  it('is nothing before it began, and unknown where its ledger is damaged', () => {
    expect(resultIn(join(run, 'none'))).toEqual({ state: 'not finished' });
    const damaged = copy();
    writeFileSync(join(damaged, 'ledger.json'), '{');
    expect(resultIn(damaged)).toMatchObject({ state: 'failed', spending: { own: null } });
  });
});

describe('what was spent on the initial weights', () => {
  const continued = (runs: readonly object[], includedRuns: readonly string[]) => {
    const folder = copy();
    const config = json(join(folder, 'config.json')) as { start: object; data: object };
    const earlierRuns = runs.map((trace) => ({ charged: 1, data: config.data, ...trace }));
    const start = { ...config.start, earlierRuns, includedRuns };
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config, start }));
    const before = new PrivacyLedger().record(gaussian(2), 'training');
    const ledger = PrivacyLedger.fromJSON(json(join(folder, 'ledger.json')));
    ledger.importLedger(before, 'before.json');
    writeFileSync(join(folder, 'ledger.json'), JSON.stringify(ledger));
    return { folder, name: resultIn(folder).spending!.before!.name };
  };

  it('counts once for the same runs', () => {
    expect(continued([{ run: 'a' }], ['a']).name).toBe('a');
  });

  it('counts for each run where those before are not all known by name', () => {
    for (const { folder, name } of [continued([{}], []), continued([{}, { run: 'b' }], ['b'])]) {
      expect(name).toBe(folder);
    }
  });
});

describe('how a run is launched', () => {
  it('is not at all once it is finished, with or without its model', () => {
    expect(launchArguments(run, cellArguments())).toBeNull();
    expect(launchArguments(copy('model', 'checkpoint'), cellArguments())).toBeNull();
  });

  it('is by going on once it is begun, and anew before', () => {
    const args = cellArguments();
    const begun = copy('summary.json');
    expect(launchArguments(begun, args)).toEqual([...args, '--resume', `--out=${begun}`]);
    const empty = join(temporary(), 'empty');
    expect(launchArguments(empty, args)).toEqual([...args, `--out=${empty}`]);
  });

  it('is anew for a run that was killed before its first charge and its first checkpoint', () => {
    const cutOff = copy('summary.json', 'checkpoint', 'model');
    const file = join(cutOff, 'ledger.json');
    writeFileSync(file, JSON.stringify(new PrivacyLedger()));
    const args = cellArguments();
    expect(launchArguments(cutOff, args)).toEqual([...args, '--force', `--out=${cutOff}`]);
  });

  it('is refused for a run of other settings', () => {
    const others = [...cellArguments(), '--clip-norm=2'];
    expect(() => launchArguments(run, others)).toThrow(/clip-norm: the run in .* has 1 and not 2/);
  });

  it('is refused where what was spent would be forgotten', () => {
    const folder = copy('config.json', 'summary.json', 'checkpoint', 'model');
    expect(() => launchArguments(folder, cellArguments())).toThrow(/ledger and no config\.json/);
  });
});
