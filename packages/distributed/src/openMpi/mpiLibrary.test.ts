import { describe, expect, it } from '@jest/globals';
import { fakeCommunicators } from '../testing/fakeCommunicators.ts';
import { loadMpiLibrary, requireOpenMpi } from './mpiLibrary.ts';
import { sumsAreRight } from './startCheck.ts';

describe('an MPI library', () => {
  it.each([
    'Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4, repo rev: v4.1.4, May 26, 2022',
    'Open MPI v5.0.11, package: Open MPI, ident: 5.0.11',
  ])('is used: %s', (version) => {
    expect(() => requireOpenMpi(version, 'libmpi.so')).not.toThrow();
  });

  it.each([
    ['MPICH Version:      4.0.2\nMPICH Release date: Thu', /libmpi\.so\.12 is MPICH \(MPICH Vers/],
    ['Intel(R) MPI Library 2021.9 for Linux* OS', /is Intel\(R\) MPI \(.*install Open MPI/],
    ['MVAPICH2 Version:   2.3.7', /is MVAPICH \(/],
    ['Open MPI v3.1.6, package', /is no Open MPI 4 or 5 \(Open MPI v3.*DPQUANT_MPI_LIBRARY$/],
  ])('is refused by name: %s', (version, message) => {
    expect(() => requireOpenMpi(version, 'libmpi.so.12')).toThrow(message);
  });

  it('that is missing is refused with the remedy', async () => {
    await expect(loadMpiLibrary('/nowhere/libmpi.so.40')).rejects.toThrow(
      /^Open MPI: \/nowhere\/libmpi.so.40 cannot be loaded \(.*\); install Open MPI \(Debian, /,
    );
  });

  it('that is something else is refused', async () => {
    if (process.platform !== 'linux') return;
    await expect(loadMpiLibrary('libm.so.6')).rejects.toThrow(/libm.so.6 is no MPI library/);
  });
});

describe('sumsAreRight', () => {
  it.each([1, 2, 5])('holds on %d ranks', async (size) => {
    const found = await Promise.all(fakeCommunicators(size).ranks.map(sumsAreRight));
    expect(found).toEqual(Array(size).fill(true));
  });

  it('does not where sums are of another type or operation', async () => {
    const { ranks } = fakeCommunicators(2);
    const wrong = ranks.map((right) => ({
      ...{ rank: right.rank, size: right.size },
      reduce: async (values: Int32Array | Float64Array) => {
        await right.reduce(values);
        values.forEach((value, i) => (values[i] = Math.fround(value)));
      },
    }));
    expect(await Promise.all(wrong.map(sumsAreRight))).toEqual([false, true]);
  });
});
