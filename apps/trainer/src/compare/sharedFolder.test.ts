import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Launcher } from '@dpquant/experiments';
import { temporaryFolder } from '../testing/temporaryFolder.ts';
import { freeFolder, summaryProblem } from './sharedFolder.ts';

const folder = temporaryFolder();
const launcher: Launcher = {
  start: () => {
    throw new Error('nothing is started here');
  },
  isJobOf: (job, cell) => job.startsWith(`c-${cell}.`),
};

const claim = (job: string) => {
  const owner = { pid: 1, host: 'elsewhere', namespace: null, started: '', birth: null, job };
  writeFileSync(join(folder(), 'run-1.lock'), `${JSON.stringify(owner)}\n`);
};

describe('freeFolder', () => {
  let now = 0;
  beforeEach(() => {
    // Every look at the clock is seven seconds later.
    now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => (now += 7000));
  });
  afterEach(() => void jest.restoreAllMocks());

  it('takes the folder from a job of the cell that was killed on another machine', async () => {
    claim('c-full-seed1.1');
    await freeFolder(folder(), 'full-seed1', launcher);
    expect(readdirSync(folder())).toEqual([]);
    expect(now).toBeGreaterThan(20_000);
  });

  it.each([
    ['another job', 'c-static-seed1.1', launcher],
    ['a launcher of this machine', 'c-full-seed1.1', { start: launcher.start.bind(launcher) }],
  ])('leaves it to %s', async (_, job, by) => {
    claim(job);
    await expect(freeFolder(folder(), 'full-seed1', by)).rejects.toThrow(/host elsewhere/);
    expect(readdirSync(folder())).toEqual(['run-1.lock']);
  });
});

describe('summaryProblem', () => {
  it('waits for a summary, and says what is wrong where none comes', async () => {
    const run = join(folder(), 'run');
    expect(await summaryProblem(run, 10)).toMatch(/no summary\.json; give an --out that .* shares/);
    const waiting = summaryProblem(run, 5000);
    mkdirSync(run);
    writeFileSync(join(run, 'summary.json'), '{}');
    expect(await waiting).toBeUndefined();
  });
});
