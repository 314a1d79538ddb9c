import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** What a script of this folder prints, and how it ends. */
function run(script: string, ...parameters: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(__dirname, script), ...parameters],
    { encoding: 'utf8', maxBuffer: Infinity, timeout: 300_000 },
  );
  return { status, stdout, stderr };
}

interface Summary {
  readonly runs: readonly { device: string; threads: number; cases: number }[];
  readonly addedNearTheClipNorm: number;
  readonly failures: readonly object[];
}

function summaryOf(...parameters: string[]): Summary {
  const { status, stdout, stderr } = run('main.mjs', 'exact-sums', '--json', ...parameters);
  if (stdout === '') throw new Error(`ended with ${status}:\n${stderr}`);
  const summary = JSON.parse(stdout) as Summary;
  expect(status).toBe(summary.failures.length > 0 ? 1 : 0);
  return summary;
}

describe('of exact sums no drawn case fails', () => {
  it('on cpu', () => {
    const { runs, failures, addedNearTheClipNorm } = summaryOf('--backend', 'cpu', '--cases', '60');
    expect(failures).toEqual([]);
    expect(runs).toMatchObject([{ threads: 1, cases: 60 }]);
    expect(addedNearTheClipNorm).toBeGreaterThan(10);
  });

  it('on WASM, on any number of threads', () => {
    const { runs, failures } = summaryOf('--threads', '1,2', '--cases', '150', '--seed', '1000');
    expect(failures).toEqual([]);
    expect(runs).toMatchObject([
      { threads: 1, cases: 150 },
      { threads: 2, cases: 150 },
    ]);
  });
});

it('finds sums that are wrong on purpose', () => {
  const { stdout, stderr } = run('testing/wrongContributions.mjs');
  if (stdout === '') throw new Error(stderr);
  const found = JSON.parse(stdout) as Record<string, string[]>;
  const tooLong = 'a unit adds more than the clip norm';
  const besideOthers = 'a unit adds other whole numbers beside others than it adds alone';
  const otherCut = 'another cut into physical batches, or another order, gives another sum';
  expect(found['none']).toEqual([]);
  expect(found['a grid unit more beside others']).toEqual(
    expect.arrayContaining([besideOthers, otherCut]),
  );
  expect(found['a grid unit more by place']).toEqual(
    expect.arrayContaining([besideOthers, otherCut]),
  );
  expect(found['twice as many grid units']).toEqual([tooLong]);
  expect(found['by threads']).toEqual(['another number of threads gives other sums']);
  expect(found['thrown']).toEqual(['RangeError: no such case']);
  expect(found['case that its seed repeats']).toEqual(found['last case']);
});

it.each([
  ['other-sums', /Expected the name exact-sums, got "other-sums"/],
  ['exact-sums --cases 1.5', /--cases: expected a whole number of at least 1, got "1\.5"/],
  ['exact-sums --backend abacus', /--backend: expected cpu, wasm or webgpu, got "abacus"/],
  ['exact-sums --spaces', /--spaces/],
])('refuses %s', (parameters, message) => {
  const { status, stderr } = run('main.mjs', ...parameters.split(' '));
  expect(status).toBe(2);
  expect(stderr).toMatch(message);
  expect(stderr).toContain('npm run fuzz -- exact-sums [--cases N]');
});
