import * as parse from './argumentParsers.ts';
import { group, optional, type OptionsOf } from './flags.ts';

/** Seconds. */
export const defaultRankTimeout = 600;

/** Engines that `--distributed` knows. */
const engines = ['mpi'] as const;

/**
 * Flags of the processes that train one model together. They decide nothing about what is computed,
 * and are kept nowhere: a run goes on with any number of processes.
 */
export const rankFlags = group('Several machines:', {
  distributed: optional(
    '<engine>',
    'one model on all processes that mpirun starts: mpi (Open MPI)',
    parse.oneOf(engines),
  ),
  rankTimeout: optional(
    '<s>',
    `seconds to wait for other processes, once the own part of a step is done (${defaultRankTimeout})`,
    parse.positiveNumber,
  ),
  rankThreads: optional(
    '<n,…>',
    'threads of the processes of one machine, in order (its cores, divided)',
    parse.textFor(threadCounts),
  ),
});

/** The numbers of threads in a text of `--rank-threads`. */
export function threadCounts(text: string): number[] {
  return text.split(',').map((part) => parse.count(part));
}

export type RankOptions = OptionsOf<typeof rankFlags>;
