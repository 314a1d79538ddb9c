/** Where a launcher has put this process. */
export interface LaunchedRank {
  readonly launcher: 'mpirun' | 'srun' | 'another MPI';
  readonly rank: number;
  /** Number of processes that were launched together. */
  readonly size: number;
  /** From 0 on each machine; 0 where the launcher does not say. */
  readonly localRank: number;
  /** Ranks on this machine; 1 where the launcher does not say. */
  readonly localSize: number;
}

/** Names of variables that a launcher sets: rank, size, local rank, local size. */
const launchers: readonly (readonly [LaunchedRank['launcher'], ...names: readonly string[]])[] = [
  [
    'mpirun',
    ...['OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_SIZE'],
    ...['OMPI_COMM_WORLD_LOCAL_RANK', 'OMPI_COMM_WORLD_LOCAL_SIZE'],
  ],
  ['srun', 'PMIX_RANK', 'SLURM_STEP_NUM_TASKS', 'SLURM_LOCALID', 'SLURM_NTASKS_PER_NODE'],
  ['another MPI', 'PMI_RANK', 'PMI_SIZE', 'MPI_LOCALRANKID', 'MPI_LOCALNRANKS'],
];

/**
 * Whether `mpirun`, `srun --mpi=pmix` or the launcher of another MPI has started this process, by
 * its environment; null where none has.
 */
export function launchedRank(
  environment: Readonly<Record<string, string | undefined>>,
): LaunchedRank | null {
  for (const [launcher, ...names] of launchers) {
    const [rank, size, localRank = 0, localSize = 1] = names.map((name) =>
      wholeNumber(environment[name]),
    );
    if (rank === undefined || size === undefined) continue;
    return { launcher, rank, size, localRank, localSize };
  }
  return null;
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
