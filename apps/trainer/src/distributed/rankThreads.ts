import { availableParallelism, cpus } from 'node:os';
import type { LaunchedRank } from '@dpquant/distributed';
import { threadCounts, type RankOptions } from '../flags/rankFlags.ts';
import { UsageError } from '../flags/usageError.ts';

/** Cores of this machine, and how many of them this process may use. */
export interface Cores {
  readonly all: number;
  readonly allowed: number;
}

const coresHere = (): Cores => ({ all: cpus().length, allowed: availableParallelism() });

/**
 * Threads of the backend wasm on this rank: those of `--rank-threads` by its number on the machine,
 * those of `--threads`, or the cores of the machine divided among its ranks, at most those that the
 * launcher has bound it to.
 *
 * @throws UsageError where `--rank-threads` names too few
 */
export function threadsOfRank(
  { localRank, localSize }: LaunchedRank,
  { rankThreads, threads }: Pick<RankOptions, 'rankThreads'> & { readonly threads?: number },
  { all, allowed }: Cores = coresHere(),
): number {
  if (rankThreads !== undefined) {
    const counts = threadCounts(rankThreads);
    const own = counts[localRank];
    if (own !== undefined) return own;
    throw new UsageError(
      `rank-threads: ${rankThreads} is for ${counts.length} processes on a machine, and there are ${Math.max(localSize, localRank + 1)}; ` +
        'give a number for each',
    );
  }
  return threads ?? Math.min(allowed, Math.max(1, Math.floor(all / localSize)));
}
