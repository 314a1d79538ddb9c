import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ComparisonRecord } from '@dpquant/report';
import { dpquant } from '../testing/recordedCommand.ts';
import { RunningRay } from '../testing/runningRay.ts';
import { json } from '../testing/shortRun.ts';

jest.setTimeout(240_000);

let folder: string;
let ray: RunningRay;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dpquant-on-ray-'));
  ray = new RunningRay();
  await ray.start();
});
afterAll(async () => {
  await ray.close();
  await rm(folder, { recursive: true });
});

const shortComparison = [
  ...['--validation-fraction', '0.98', '--batch-size', '50', '--steps', '12'],
  ...['--model', 'mlp', '--policies', 'full,static', '--seeds', '1', '--insecure-seeds'],
  '--no-timing',
];

/** Runs `dpquant compare` as it is built, below a folder that the jobs are not started in. */
function compare(out: string, ...flags: string[]) {
  const program = join(__dirname, '../../bin/dpquant.js');
  const args = [program, 'compare', ...shortComparison, ...flags, '--out', out];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  const end = once(child, 'close').then(([exitCode]) => ({ exitCode: exitCode as number, said }));
  return { child, end };
}

const onRay = () => ['--launcher', 'ray', '--ray', ray.address];

function results(out: string) {
  const { table, runs } = json(join(folder, out, 'comparison.json')) as ComparisonRecord;
  return {
    table: table.map(({ seconds, ...row }) => row),
    runs: runs.map(({ seconds, ...run }) => run),
  };
}

const names = () => [...ray.jobs.keys()].map((id) => id.replace(/^dpquant-[0-9a-f]{8}-/, ''));
const chargedIn = (out: string, cell: string) =>
  existsSync(join(folder, out, 'runs', cell, 'ledger.json'));

describe('dpquant compare --launcher ray', () => {
  it('gives the table of this machine', async () => {
    expect(await compare('here').end).toMatchObject({ exitCode: 0 });
    const { exitCode, said } = await compare('there', ...onRay(), '--workers', '1').end;
    expect(`${exitCode} ${said}`).toMatch(/^0 Runs are jobs dpquant-\w{8}-… of Ray 2\.60\.0 at /);
    expect(said).toMatch(/2 to do, 1 at a time/);
    expect(names()).toEqual(['full-seed1.1', 'static-seed1.1']);
    expect(results('there')).toEqual(results('here'));
    const record = json(join(folder, 'there/comparison.json')) as ComparisonRecord;
    expect(record.machine).toBe(`Ray 2.60.0 at ${ray.address}/`);
  });

  it('is left by a signal, goes on watching, and runs again what was lost', async () => {
    ray.forgetJobs();
    const first = compare('left', ...onRay());
    while (ray.jobs.size < 2) await setTimeout(5);
    first.child.kill('SIGINT');
    const { exitCode, said } = await first.end;
    expect(exitCode).toBe(130);
    expect(said).toMatch(
      /2 jobs go on without this process; the same command goes on watching: dp/,
    );
    const [full, other] = [...ray.jobs.values()];
    expect([full!.status, other!.status]).toContain('RUNNING');
    while (!chargedIn('left', 'full-seed1')) await setTimeout(5);
    full!.child.kill('SIGKILL');
    const again = await compare('left', ...onRay()).end;
    expect(`${again.exitCode} ${again.said}`).toMatch(/^0 /);
    expect(names().filter((name) => name.startsWith('static'))).toEqual(['static-seed1.1']);
    expect(names()).toContain('full-seed1.2');
    expect(results('left')).toEqual(results('here'));
  });

  it.each([
    [['--ray', 'http://127.0.0.1:1'], /^2 .*ray: has an effect with --launcher ray only; add that/],
    [['--entrypoint-cpus', '2'], /^2 .*entrypoint-cpus: has an effect with --launcher ray only/],
    [
      ['--launcher', 'ray', '--ray', 'http://127.0.0.1:1'],
      /^2 .*ray: http:\/\/127\.0\.0\.1:1\/ does not answer \(ECONNREFUSED\); start Ray/,
    ],
    [['--launcher', 'ray', '--ray', 'ray://head:10001'], /^2 .*ray: .*address of Ray Client/],
    [
      ['--launcher', 'ray', '--ray', 'http://ray.invalid:8265'],
      /^2 warning: .*plain http beyond this machine.*use https, or an SSH tunnel.*does not answer/s,
    ],
    [['--launcher', 'slurm'], /^2 .*slurm.*Allowed choices are local, ray/],
  ])('refuses %j, and leaves nothing', async (flags, message) => {
    const out = join(folder, 'refused');
    const { code, err } = await dpquant('compare', '--seeds', '1', ...flags, '--out', out);
    expect(`${code} ${err.join('\n')}`).toMatch(message);
    expect(existsSync(out)).toBe(false);
  });
});
