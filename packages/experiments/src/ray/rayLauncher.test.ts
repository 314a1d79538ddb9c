import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { runCells, type RunCellsOptions } from '../runCells.ts';
import type { CellEnd } from '../launcher.ts';
import type { Delays } from './patience.ts';
import { RayJobs } from './rayJobs.ts';
import { rayLauncher } from './rayLauncher.ts';
import { FakeRay } from './testing/fakeRay.ts';

let folder: string;
let ray: FakeRay;
let notices: string[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dpquant-ray-'));
  ray = new FakeRay();
  notices = [];
  await ray.comeBack();
});
afterEach(async () => {
  await ray.vanish();
  rmSync(folder, { recursive: true });
});

const short: Delays = {
  ...{ firstLook: 5, longestLook: 5, firstRetry: 5, longestRetry: 20 },
  ...{ patience: 60_000, stopWait: 30 },
};

function launcher(delays: Partial<Delays> = {}) {
  return rayLauncher({
    jobs: new RayJobs(ray.address),
    ...{ comparison: 'c', command: 'node run.js', cpus: 1, gpus: 0 },
    environment: (id) => ({ JOB: id }),
    notice: (line) => notices.push(line),
    delays: { ...short, ...delays },
  });
}

const logOf = (cell: string) => join(folder, 'runs', `${cell}.log`);

/** Runs cells by a launcher, and keeps how they end. */
function run(cells: readonly string[], more: Partial<RunCellsOptions<string>> = {}) {
  const ends = new Map<string, CellEnd>();
  const lost: string[] = [];
  const over = runCells(cells, {
    launcher: launcher(),
    workers: 10,
    placeOf: (cell) => ({ cell, log: logOf(cell) }),
    argumentsOf: (cell) => ['train', `--out=/shared/${cell}`],
    onLost: (cell, { lastLines }) => void lost.push(`${cell}: ${lastLines}`),
    onEnd: (cell, end) => void ends.set(cell, end),
    ...more,
  });
  return { over, ends, lost };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setTimeout(2);
}
const submitted = (id: string) => until(() => ray.jobs.has(id));

describe('rayLauncher', () => {
  it('runs a job for each cell, so many at a time', async () => {
    const { over, ends } = run(['a', 'b', 'c'], { workers: 2 });
    await submitted('c-b.1');
    await setTimeout(30);
    expect([...ray.jobs.keys()]).toEqual(['c-a.1', 'c-b.1']);
    expect(ray.submissions()[0]).toMatchObject({
      entrypoint: 'exec node run.js train --out=/shared/a',
      runtime_env: { env_vars: { JOB: 'c-a.1', RAY_JOB_STOP_WAIT_TIME_S: '20' } },
    });
    ray.jobs.set('c-a.1', 'running');
    ray.jobs.set('c-b.1', 'succeeded');
    await submitted('c-c.1');
    ray.jobs.set('c-a.1', 'succeeded').set('c-c.1', 'succeeded');
    await over;
    const done = { exitCode: 0, lastLines: '' };
    expect([...ends]).toEqual(
      expect.arrayContaining([
        ['a', done],
        ['b', done],
        ['c', done],
      ]),
    );
    expect(existsSync(logOf('a'))).toBe(false);
  });

  it('tells what a program said that has failed, and keeps its log', async () => {
    const { over, ends } = run(['a']);
    await submitted('c-a.1');
    ray.jobs.set('c-a.1', 'failed');
    await over;
    expect(ends.get('a')).toEqual({ exitCode: 3, lastLines: 'no memory' });
    expect(readFileSync(logOf('a'), 'utf8')).toMatch(
      /^--- job c-a\.1 of Ray: FAILED\n.*\n.*\nno memory\n$/,
    );
  });

  it.each(['supervisorDied', 'killed'])('runs a cell again whose job was %s', async (state) => {
    const { over, ends, lost } = run(['a']);
    await submitted('c-a.1');
    ray.jobs.set('c-a.1', state);
    await submitted('c-a.2');
    ray.jobs.set('c-a.2', 'succeeded');
    await over;
    expect(lost).toEqual([expect.stringMatching(/^a: job c-a\.1/)]);
    expect(ends.get('a')).toEqual({ exitCode: 0, lastLines: '' });
  });

  it('gives up a cell that is lost again and again', async () => {
    const { over, ends } = run(['a']);
    for (let attempt = 1; attempt <= 6; attempt++) {
      await submitted(`c-a.${attempt}`);
      ray.jobs.set(`c-a.${attempt}`, 'killed');
    }
    await over;
    expect(ends.get('a')!.lastLines).toMatch(/^lost 6 times: job c-a\.6 was ended from outside/);
  });

  it('waits for a head that vanishes, and runs again what it knows no more', async () => {
    const { over, ends, lost } = run(['a', 'b']);
    await submitted('c-b.1');
    ray.jobs.set('c-a.1', 'running').set('c-b.1', 'running');
    await setTimeout(30);
    await ray.vanish();
    await until(() => notices.length > 0);
    await setTimeout(50);
    // A head that keeps its jobs, by one that does not.
    ray.jobs.delete('c-b.1');
    await ray.comeBack();
    await submitted('c-b.2');
    ray.jobs.set('c-a.1', 'succeeded').set('c-b.2', 'succeeded');
    await over;
    expect(notices).toEqual([
      expect.stringMatching(/does not answer \(ECONN\w+\); asking again until it does/),
      'Ray answers again',
    ]);
    expect(lost).toEqual(['b: Ray does not know job c-b.1 any more: its head was started anew']);
    expect([...ends.values()].map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(ray.jobs.has('c-a.2')).toBe(false);
  });

  it('gives up a head that stays away, and says how to go on', async () => {
    const { over, ends } = run(['a', 'b'], { workers: 1, launcher: launcher({ patience: 40 }) });
    await submitted('c-a.1');
    await ray.vanish();
    await over;
    expect(ends.get('a')!.lastLines).toMatch(
      /does not answer.*may still be under way.*same command/,
    );
    expect(ends.get('b')!.lastLines).toMatch(/does not answer/);
  });

  it('submits one job where the answer to the submission is lost', async () => {
    ray.losesSubmissions = true;
    const { over, ends } = run(['a']);
    await submitted('c-a.1');
    ray.jobs.set('c-a.1', 'succeeded');
    await over;
    expect(ray.submissions().length).toBeGreaterThan(1);
    expect([...ray.jobs.keys()]).toEqual(['c-a.1']);
    expect(ends.get('a')!.exitCode).toBe(0);
  });

  it('watches the job of an earlier process, and starts none beside it', async () => {
    ray.jobs.set('c-a.1', 'killed').set('c-a.2', 'running').set('c-ab.1', 'running');
    let asked = 0;
    const argumentsOf = () => (asked++, ['train']);
    const { over, ends } = run(['a'], { argumentsOf });
    await setTimeout(40);
    expect(ray.submissions()).toEqual([]);
    ray.jobs.set('c-a.2', 'supervisorDied');
    await submitted('c-a.3');
    ray.jobs.set('c-a.3', 'succeeded');
    await over;
    expect(asked).toBe(1);
    expect(ends.get('a')!.exitCode).toBe(0);
  });

  it('knows the jobs of a cell by their names', () => {
    const ray = launcher();
    const names = ['c-a.1', 'c-a.12', 'c-a.0', 'c-a.x', 'c-ab.1', 'd-a.1', 'c-a.1.2'];
    expect(names.filter((job) => ray.isJobOf!(job, 'a'))).toEqual(['c-a.1', 'c-a.12']);
  });

  it('stops the jobs under way when it is asked to, those of an earlier process too', async () => {
    ray.jobs.set('c-b.1', 'running');
    const stop = new AbortController();
    const { over, ends } = run(['a', 'b', 'c'], { workers: 1, betweenSteps: stop.signal });
    await submitted('c-a.1');
    ray.jobs.set('c-a.1', 'running');
    stop.abort();
    await over;
    expect(ray.jobs.get('c-a.1')).toBe('stopped');
    expect(ray.jobs.get('c-b.1')).toBe('stopped');
    expect(ray.jobs.has('c-c.1')).toBe(false);
    expect(ends.get('a')).toEqual({ exitCode: 130, lastLines: 'no memory' });
    expect([...ends.keys()]).toEqual(['a', 'b']);
  });

  it('does not wait for room to stop a job', async () => {
    const stop = new AbortController();
    const { over, ends } = run(['a'], { betweenSteps: stop.signal });
    await submitted('c-a.1');
    stop.abort();
    await over;
    expect(ray.jobs.get('c-a.1')).toBe('pending');
    expect(ends.get('a')!.exitCode).toBe(130);
  });

  it('leaves the jobs under way, at once, whether Ray answers or not', async () => {
    for (const answers of [true, false]) {
      ray.jobs.clear();
      const leave = new AbortController();
      const slow = launcher({ firstLook: 1000, longestLook: 1000, firstRetry: 1000 });
      const { over, ends } = run(['a', 'b'], { workers: 1, leave: leave.signal, launcher: slow });
      await submitted('c-a.1');
      ray.jobs.set('c-a.1', 'running');
      if (!answers) await ray.vanish();
      const begin = performance.now();
      await setTimeout(20);
      leave.abort();
      await over;
      expect(performance.now() - begin).toBeLessThan(900);
      expect(ends.get('a')).toEqual({ exitCode: null, lastLines: '', fate: 'left' });
      expect(ray.jobs).toEqual(new Map([['c-a.1', 'running']]));
    }
  });

  it('does not start a cell whose submission is refused, and says why', async () => {
    const { over, ends } = run(['a'], {
      argumentsOf: () => (ray.nextAnswers.push('badRequest'), []),
    });
    await over;
    expect(ends.get('a')!.lastLines).toMatch(
      /^Ray refuses \(400\): TypeError: entrypoint_num_cpus/,
    );
  });

  it('tells a program with spaces and quotes to the shell of the node', async () => {
    const { over } = run(['a'], { argumentsOf: () => ['--row', "it's; rm $HOME"] });
    await submitted('c-a.1');
    ray.jobs.set('c-a.1', 'succeeded');
    await over;
    expect(ray.submissions()[0]!.entrypoint).toBe(`exec node run.js --row 'it'\\''s; rm $HOME'`);
  });
});
