import { expect, it } from '@jest/globals';
import { launchedRank } from './launch.ts';

it.each([
  ['nobody', {}, null],
  [
    'mpirun',
    {
      ...{ OMPI_COMM_WORLD_RANK: '3', OMPI_COMM_WORLD_SIZE: '8' },
      ...{ OMPI_COMM_WORLD_LOCAL_RANK: '1', OMPI_COMM_WORLD_LOCAL_SIZE: '2' },
    },
    { launcher: 'mpirun', rank: 3, size: 8, localRank: 1, localSize: 2 },
  ],
  [
    'srun',
    { PMIX_RANK: '2', SLURM_STEP_NUM_TASKS: '4', SLURM_LOCALID: '0', SLURM_NTASKS: '4' },
    { launcher: 'srun', rank: 2, size: 4, localRank: 0, localSize: 1 },
  ],
  [
    'MPICH',
    { PMI_RANK: '0', PMI_SIZE: '2' },
    { launcher: 'another MPI', rank: 0, size: 2, localRank: 0, localSize: 1 },
  ],
  // The shell of a job, before srun.
  ['sbatch', { SLURM_NTASKS: '4', SLURM_PROCID: '0' }, null],
  ['something else', { OMPI_COMM_WORLD_RANK: 'x', OMPI_COMM_WORLD_SIZE: '2' }, null],
])('knows a rank that %s has started', (_, environment, expected) => {
  expect(launchedRank(environment)).toEqual(expected);
});
