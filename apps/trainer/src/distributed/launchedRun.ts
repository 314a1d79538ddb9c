import type { Command } from 'commander';
import { launchedRank, type LaunchedRank } from '@dpquant/distributed';
import { commandText } from '../flags/commandText.ts';
import type { RankOptions } from '../flags/rankFlags.ts';
import { UsageError } from '../flags/usageError.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Ends a rank other than 0 that has nothing to say: rank 0 says it. */
export class SilentEnd extends Error {
  override name = 'SilentEnd';
}

/**
 * The rank that this process has in a run of several, null for a run of one process.
 *
 * @throws UsageError where the flags and the launcher do not fit together; rank 0 says it, the
 *   others throw SilentEnd
 */
export function requireRanks(
  command: Command,
  { distributed }: Pick<RankOptions, 'distributed'>,
  environment: Environment,
): LaunchedRank | null {
  const launched = launchedRank(environment);
  if (distributed === undefined) {
    requireOneProcess(environment);
    return null;
  }
  if (launched?.launcher === 'another MPI') {
    throw problemOf(
      launched,
      'distributed: this process was started by the launcher of another MPI than Open MPI; start it by the mpirun of ' +
        'Open MPI',
    );
  }
  if (launched) return launched;
  throw new UsageError(
    'distributed: trains on the processes that mpirun starts, and this one was started by itself; type: ' +
      `mpirun -n 2 ${commandText(command)}`,
  );
}

/**
 * For commands that one process carries out.
 *
 * @throws UsageError, or SilentEnd, where several were started together
 */
export function requireOneProcess(environment: Environment): void {
  const launched = launchedRank(environment);
  if (!launched || launched.size === 1) return;
  throw problemOf(
    launched,
    `distributed: ${launched.size} processes were started together, and each would do the same in the same folder; ` +
      'dpquant train --distributed mpi trains one model on all of them, everything else is for one process',
  );
}

function problemOf({ rank }: LaunchedRank, text: string): Error {
  return rank === 0 ? new UsageError(text) : new SilentEnd(text);
}
