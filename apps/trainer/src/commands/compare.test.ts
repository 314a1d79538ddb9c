import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { PrivacyLedger } from '@dpquant/accounting';
import type { ComparisonRecord } from '@dpquant/report';
import { dpquant } from '../testing/recordedCommand.ts';
import { json } from '../testing/shortRun.ts';

jest.setTimeout(240_000);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dpquant-compare-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Two runs of 200 private examples in sixteen steps, with reproducible noise. */
const shortComparison = [
  ...['--validation-fraction', '0.98', '--batch-size', '50', '--epochs', '4'],
  ...['--policies', 'full,static', '--seeds', '1', '--insecure-seeds', '--no-timing'],
];

/** Runs `dpquant compare` as it is built, which starts its runs by the same program. */
function compare(out: string, ...flags: string[]) {
  const program = join(__dirname, '../../bin/dpquant.js');
  const args = [program, 'compare', ...flags, '--out', join(folder, out)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  return { child, end: endOf(child, () => said) };
}

async function endOf(child: ChildProcess, said: () => string) {
  const [exitCode, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { exitCode, signal, said: said() };
}

const recordIn = (out: string) => json(join(folder, out, 'comparison.json')) as ComparisonRecord;

/** All of a record that is no time. */
function results(out: string) {
  const { table, runs, ...rest } = recordIn(out);
  return {
    ...{ seeds: rest.seeds, guarantee: rest.guarantee, composedEpsilon: rest.composedEpsilon },
    table: table.map(({ seconds, ...row }) => row),
    runs: runs.map(({ seconds, ...run }) => run),
  };
}

function chargedSteps(run: string): number {
  const file = join(folder, run, 'ledger.json');
  if (!existsSync(file)) return 0;
  const { entries } = PrivacyLedger.fromJSON(JSON.parse(readFileSync(file, 'utf8')));
  return entries.reduce((sum, { count }) => sum + count, 0);
}

// One comparison through all that can happen to it, in this order, beside one that nothing happens
// to.
describe('dpquant compare', () => {
  it('runs every cell and writes the table', async () => {
    const { end } = compare('whole', ...shortComparison);
    const { exitCode, said } = await end;
    expect(said).toMatch(/^full +\d/m);
    expect(said).toMatch(/no guarantee/);
    expect(exitCode).toBe(0);
    const { table, runs } = recordIn('whole');
    expect(runs.map(({ state }) => state)).toEqual(['finished', 'finished']);
    expect(table[1]).toMatchObject({ row: 'static', difference: { n: 1 } });
    const config = json(join(folder, 'whole/runs/static-seed1/config.json'));
    expect(config).toMatchObject({ options: { insecureSeed: 1, splitSeed: 1, threads: 1 } });
  });

  const moment = Math.floor(1 + Math.random() * 12);
  it(`is killed after ${moment} charged steps, and its runs end with it`, async () => {
    const { child, end } = compare('killed', ...shortComparison, '--workers', '2');
    // While its runs start, which takes as long as this does.
    while (!existsSync(join(folder, 'killed/runs/full-seed1'))) await setTimeout(5);
    // Stopped, so that it has not ended before the other one has begun.
    child.kill('SIGSTOP');
    const other = await compare('killed', ...shortComparison).end;
    child.kill('SIGCONT');
    expect(other.exitCode).toBe(2);
    expect(other.said).toMatch(`another process (pid ${child.pid} on host `);
    while (chargedSteps('killed/runs/full-seed1') < moment) await setTimeout(5);
    child.kill('SIGKILL');
    expect(await end).toMatchObject({ signal: 'SIGKILL' });
  });

  it('goes on to the same table', async () => {
    const { exitCode, said } = await compare('killed', ...shortComparison).end;
    expect(`${exitCode} ${said}`).toMatch(/^0 /);
    expect(results('killed')).toEqual(results('whole'));
  });

  it('has nothing to do where the small records are left, and says so by --status', async () => {
    for (const part of ['model', 'checkpoint']) {
      rmSync(join(folder, 'whole/runs/full-seed1', part), { recursive: true });
    }
    const before = results('whole');
    const { exitCode, said } = await compare('whole', ...shortComparison).end;
    expect(exitCode).toBe(0);
    expect(said).not.toMatch(/to do/);
    expect(results('whole')).toEqual(before);
    const status = await compare('whole', '--status').end;
    expect(status.exitCode).toBe(0);
    expect(status.said).toMatch(/^static +\d/m);
  });

  it('is extended by a seed; a run that fails is told of, and ends no other', async () => {
    const damaged = join(folder, 'whole/runs/full-seed2');
    mkdirSync(damaged);
    writeFileSync(join(damaged, 'ledger.json'), '{');
    const { exitCode, said } = await compare('whole', ...shortComparison, '--seeds', '2').end;
    expect(exitCode).toBe(1);
    expect(said).toMatch(/full-seed2 failed: .*ledger\.json: is damaged/);
    expect(recordIn('whole').runs.map(({ cell, state }) => `${cell} ${state}`)).toEqual([
      ...['full-seed1 finished', 'static-seed1 finished'],
      ...['full-seed2 failed', 'static-seed2 finished'],
    ]);
    // Running it again does what has failed again.
    rmSync(damaged, { recursive: true });
    const again = await compare('whole', '--no-timing').end;
    expect(again.exitCode).toBe(0);
    expect(recordIn('whole').table[1]!.difference).toMatchObject({ n: 2 });
  });

  it('measures how fast the rows run, once', async () => {
    const { exitCode, said } = await compare('whole').end;
    expect(`${exitCode} ${said}`).toMatch(/^0 /);
    const [full, fixed] = recordIn('whole').table;
    expect(full!.measuredSpeedup).toBe(1);
    expect(fixed!.measuredSpeedup).toBeGreaterThan(0);
    await compare('whole').end;
    expect(recordIn('whole').table[1]).toEqual(fixed);
    const { end } = compare('whole', '--baseline', 'static', '--no-timing');
    expect((await end).exitCode).toBe(0);
    const [over, one] = recordIn('whole').table;
    expect(one).toMatchObject({ isBaseline: true, measuredSpeedup: 1, difference: null });
    expect(over!.measuredSpeedup).toBeCloseTo(1 / fixed!.measuredSpeedup!, 12);
  });

  it('refuses a run that is none of its settings', async () => {
    const file = join(folder, 'killed/runs/static-seed1/config.json');
    const config = json(file) as { options: object };
    const options = { ...config.options, batchSize: 60 };
    writeFileSync(file, JSON.stringify({ ...config, options }));
    rmSync(join(folder, 'killed/runs/static-seed1/summary.json'));
    const { exitCode, said } = await compare('killed', ...shortComparison).end;
    expect(exitCode).toBe(1);
    expect(said).toMatch(/static-seed1 failed: batch-size: the run in .* has 60 and not 50/);
  });

  it('has a folder of its own, beside those of runs', async () => {
    const run = join(folder, 'whole/runs/static-seed1');
    const inRun = await compare('whole/runs/static-seed1', ...shortComparison).end;
    expect(inRun).toMatchObject({ exitCode: 2, said: expect.stringMatching(/folder of a run/) });
    expect(existsSync(join(run, 'comparison.json'))).toBe(false);
    const { code, err } = await dpquant('train', '--out', join(folder, 'whole'));
    expect(`${code} ${err.join()}`).toMatch(/^2 .*whole is the folder of a comparison/);
  });

  it('refuses what a later row cannot do before the first run, and leaves nothing', async () => {
    const { exitCode, said } = await compare(
      'none',
      ...[...shortComparison, '--speedups', '1.1,50', '--policies', 'full,probabilistic'],
    ).end;
    expect(exitCode).toBe(2);
    expect(said).toMatch(/probabilistic-target-speedup-50-seed1: .*--target-speedup/);
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });
});
