import { hostname } from 'node:os';
import type { Command } from 'commander';
import { connectOpenMpi, MpiUnavailableError, rankText } from '@dpquant/distributed';
import type { TrainOptions } from '../flags/computingOptions.ts';
import { defaultRankTimeout, type RankOptions } from '../flags/rankFlags.ts';
import { givenSettings } from '../flags/settingsConflicts.ts';
import { UsageError } from '../flags/usageError.ts';
import type { FollowingRankOptions } from './followingRank.ts';
import { requireRanks } from './launchedRun.ts';
import { threadsOfRank } from './rankThreads.ts';

/** What a rank needs, whichever it is. */
export type JoinedRank = FollowingRankOptions;

/**
 * Joins the processes that were started with this one; null for a run of one process.
 *
 * @throws UsageError, or SilentEnd, where flags, launcher and library do not fit together
 */
export async function joinRanks(
  command: Command,
  options: TrainOptions & RankOptions,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<JoinedRank | null> {
  const launched = requireRanks(command, options, environment);
  if (!launched) return null;
  const threads = threadsOfRank(launched, options);
  const { rankTimeout: limitSeconds = defaultRankTimeout } = options;
  const given = Object.fromEntries(givenSettings(command).map((name) => [name, options[name]]));
  try {
    const communicator = await connectOpenMpi({ limitSeconds });
    return { communicator, threads, given, limitSeconds };
  } catch (error) {
    if (!(error instanceof MpiUnavailableError)) throw error;
    const place = rankText({ rank: launched.rank, host: hostname() });
    throw new UsageError(`distributed: ${place}: ${error.message}`);
  }
}

/** Seconds from one signal to the next where mpirun does not say otherwise. */
const killTimeout = 1;
const longestWait = 5;

/** How a launcher asks rank 0 to stop. */
export interface LauncherStop {
  /** The first signal that it sends. */
  readonly signal: 'SIGCONT' | 'SIGTERM';
  /** Milliseconds after it that a step may still take, before the state has to be saved. */
  readonly wait: number;
}

/**
 * On Ctrl-C, and when a rank has died, mpirun sends SIGCONT, SIGTERM and SIGKILL, in equal
 * intervals: half of the time until the last one is for the step, the rest for saving.
 */
export function launcherStop(
  environment: Readonly<Record<string, string | undefined>>,
): LauncherStop {
  if (environment['OMPI_COMM_WORLD_SIZE'] === undefined) {
    return { signal: 'SIGTERM', wait: 1000 * longestWait };
  }
  const given = Number(environment['OMPI_MCA_odls_base_sigkill_timeout']);
  return { signal: 'SIGCONT', wait: 1000 * Math.min(longestWait, given > 0 ? given : killTimeout) };
}
