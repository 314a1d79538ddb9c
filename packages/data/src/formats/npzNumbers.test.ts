import { expect, it } from '@jest/globals';
import { zipSync } from 'fflate';
import { bytesOf, npyFile } from '../testing/files.ts';
import { npzNumbers } from './npzNumbers.ts';

const archive = (targets: Float32Array, shape: number[]) =>
  zipSync({
    'x.npy': npyFile('|u1', [3, 2], Uint8Array.of(0, 51, 102, 153, 204, 255)),
    'y.npy': npyFile('<f4', shape, bytesOf(targets)),
    'who.npy': npyFile('|u1', [3], Uint8Array.of(7, 7, 8)),
  });
const options = { file: 'a.npz' };

it('reads targets unchanged, one or several per example', async () => {
  const one = npzNumbers(archive(Float32Array.of(0.5, -1, 3), [3, 1]), options);
  expect(one).toMatchObject({ targetShape: [], inputShape: [2], bytesAreScaled: true });
  const { inputs, targets } = await one.read([2, 0]);
  expect([...targets]).toEqual([3, 0.5]);
  expect([...inputs]).toEqual([Math.fround(0.8), 1, 0, Math.fround(0.2)]);
  const several = npzNumbers(archive(Float32Array.of(1, 2, 3, 4, 5, 6), [3, 2]), {
    ...options,
    scaleBytes: false,
  });
  expect(several.targetShape).toEqual([2]);
  const read = await several.read([1]);
  expect([[...read.targets], [...read.inputs]]).toEqual([
    [3, 4],
    [102, 153],
  ]);
});

it('reads the privacy units from an array', () => {
  const units = { ...options, privacyUnit: ['who'] };
  const { privacyUnits } = npzNumbers(archive(Float32Array.of(1, 2, 3), [3]), units);
  expect([privacyUnits.count, privacyUnits.name, privacyUnits.rowsOf(0)]).toEqual([
    2,
    'who',
    [0, 1],
  ]);
});

it('refuses different counts and targets that are not numbers', () => {
  expect(() => npzNumbers(archive(Float32Array.of(1, 2), [2]), options)).toThrow(
    /^a.npz, y: expected targets of the 3 rows of x, got \[2\]/,
  );
  expect(() => npzNumbers(archive(Float32Array.of(1, NaN, 2), [3]), options)).toThrow(/a.npz, y/);
});

it('uses only the targets that match its inputs', async () => {
  const column = (...values: number[]) => npyFile('<f4', [2], bytesOf(Float32Array.from(values)));
  const arrays = {
    'x_train.npy': npyFile('<f4', [2, 1], bytesOf(Float32Array.of(1, 2))),
    'x_test.npy': npyFile('<f4', [2, 1], bytesOf(Float32Array.of(3, 4))),
    'y_train.npy': column(5, 6),
    'w.npy': column(0.5, 1),
  };
  const dataset = npzNumbers(zipSync(arrays), { ...options, weights: 'w' });
  const { targets, weights } = await dataset.read([0, 1]);
  expect([[...targets], [...weights!]]).toEqual([
    [5, 6],
    [0.5, 1],
  ]);
  expect(dataset.warnings).toEqual([expect.stringMatching(/^inputs are x_train, labels y_train/)]);
  expect(() => npzNumbers(zipSync(arrays), { ...options, inputs: 'x_test' })).toThrow(
    'expected an array y_test',
  );
});
