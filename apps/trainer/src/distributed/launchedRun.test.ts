import { Command } from 'commander';
import { describe, expect, it } from '@jest/globals';
import { addTrainOptions, resolveTrainOptions } from '../flags/trainOptions.ts';
import { launcherStop } from './joinRanks.ts';
import { requireOneProcess, requireRanks, SilentEnd } from './launchedRun.ts';
import { threadsOfRank } from './rankThreads.ts';

const rank = (rank: number, size: number) => ({
  ...{ OMPI_COMM_WORLD_RANK: String(rank), OMPI_COMM_WORLD_SIZE: String(size) },
  ...{ OMPI_COMM_WORLD_LOCAL_RANK: String(rank), OMPI_COMM_WORLD_LOCAL_SIZE: String(size) },
});

function ranksOf(environment: Record<string, string>, ...args: string[]) {
  const command = new Command('train').exitOverride();
  addTrainOptions(command);
  command.parse(args, { from: 'user' });
  return requireRanks(command, resolveTrainOptions(command), environment);
}

describe('dpquant train', () => {
  it('is a run of one process unless it is told otherwise', () => {
    expect(ranksOf({})).toBeNull();
    expect(ranksOf(rank(0, 1))).toBeNull();
    expect(ranksOf(rank(1, 2), '--distributed', 'mpi')).toMatchObject({ rank: 1, size: 2 });
  });

  it('under mpirun is refused without the flag, by rank 0 alone', () => {
    const refusal =
      /^distributed: 4 processes were started together.*train --distributed mpi trains/;
    expect(() => ranksOf(rank(0, 4))).toThrow(refusal);
    expect(() => ranksOf(rank(3, 4))).toThrow(SilentEnd);
    expect(() => requireOneProcess(rank(0, 4))).toThrow(refusal);
    expect(() => requireOneProcess({ PMI_RANK: '0', PMI_SIZE: '4' })).toThrow(refusal);
  });

  it('by itself is refused with the flag, and the command to type', () => {
    expect(() => ranksOf({}, '--distributed', 'mpi', '--no-privacy', '--out', 'a b')).toThrow(
      /type: mpirun -n 2 dpquant train --no-privacy --out 'a b' --distributed mpi$/,
    );
  });

  it('under another MPI is refused', () => {
    const other = { PMI_RANK: '0', PMI_SIZE: '2' };
    expect(() => ranksOf(other, '--distributed', 'mpi')).toThrow(
      /another MPI than Open MPI; start/,
    );
  });
});

describe('threadsOfRank', () => {
  const place = { launcher: 'mpirun', rank: 5, size: 8, localRank: 1, localSize: 2 } as const;
  const cores = { all: 16, allowed: 16 };

  it.each([
    ['divides the cores of the machine', {}, cores, 8],
    ['keeps within those that the launcher has bound it to', {}, { all: 16, allowed: 1 }, 1],
    ['gives each rank a thread', {}, { all: 1, allowed: 1 }, 1],
    ['follows --threads', { threads: 3 }, cores, 3],
    ['follows --rank-threads by local rank', { threads: 3, rankThreads: '8,4' }, cores, 4],
  ])('%s', (_, options, found, expected) => {
    expect(threadsOfRank(place, options, found)).toBe(expected);
  });

  it('refuses a number too few', () => {
    expect(() => threadsOfRank(place, { rankThreads: '8' }, cores)).toThrow(
      'rank-threads: 8 is for 1 processes on a machine, and there are 2; give a number for each',
    );
  });
});

describe('launcherStop', () => {
  it('takes half of the time that mpirun leaves, at most five seconds', () => {
    const first = rank(0, 2);
    expect(launcherStop({})).toEqual({ signal: 'SIGTERM', wait: 5000 });
    expect(launcherStop(first)).toEqual({ signal: 'SIGCONT', wait: 1000 });
    const timeout = 'OMPI_MCA_odls_base_sigkill_timeout';
    expect(launcherStop({ ...first, [timeout]: '3' })).toMatchObject({ wait: 3000 });
    expect(launcherStop({ ...first, [timeout]: '60' })).toMatchObject({ wait: 5000 });
  });
});
