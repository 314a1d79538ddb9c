import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { zipSync } from 'fflate';
import { npzDataset } from '../formats/npz.ts';
import { bytesOf, npyFile } from '../testing/files.ts';
import { loadDataset } from './loadDataset.ts';
import type { LoadOptions } from './loadOptions.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dpquant-arrays-'));
});
afterEach(() => rm(folder, { recursive: true }));

const inputs = npyFile('<f4', [3, 2], bytesOf(Float32Array.of(1, 2, 3, 4, 5, 6)));
const labels = npyFile('|u1', [3], Uint8Array.of(0, 1, 1));

/** The data set of arrays in files, or in an archive, compressed or not. */
async function load(arrays: Record<string, Uint8Array>, first: string, options: LoadOptions = {}) {
  for (const [name, bytes] of Object.entries(arrays)) {
    await writeFile(join(folder, `${name}.npy`), bytes);
  }
  return loadDataset(join(folder, `${first}.npy`), options);
}

async function loadArchive(arrays: Record<string, Uint8Array>, options: LoadOptions = {}) {
  const entries = Object.fromEntries(
    Object.entries(arrays).map(([name, bytes]) => [`${name}.npy`, bytes]),
  );
  const read = [];
  for (const level of [0, 6] as const) {
    const path = join(folder, `${level}.npz`);
    await writeFile(path, zipSync(entries, { level }));
    read.push(await loadDataset(path, options));
  }
  const { privacyUnit, ...others } = options;
  read.push(npzDataset(zipSync(entries), { file: 'f', ...others }));
  const rows = await Promise.all(read.map((dataset) => dataset.read([2, 0, 1])));
  expect(rows[1]).toEqual(rows[0]);
  expect(rows[2]).toEqual(rows[0]);
  return { dataset: read[0]!, ...rows[0]! };
}

describe('labels', () => {
  it.each([
    ['[n, 1]', npyFile('<i8', [3, 1], bytesOf(BigInt64Array.of(0n, 1n, 1n)))],
    ['truths', npyFile('|b1', [3], Uint8Array.of(0, 1, 1))],
    ['unsigned', npyFile('<u8', [3], bytesOf(BigUint64Array.of(0n, 1n, 1n)))],
    ['big-endian', npyFile('>i4', [3], Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1))],
    ['zeros and a one', npyFile('<f4', [3, 2], bytesOf(Float32Array.of(1, 0, 0, 1, 0, 1)))],
    // The same as [3, 2] in the other axis order.
    ['both', npyFile('|u1', [3, 2], Uint8Array.of(1, 0, 0, 0, 1, 1), { order: 'True' })],
  ])('are %s', async (_, y) => {
    const { targets } = await (await load({ x: inputs, y }, 'x')).read([0, 1, 2]);
    expect([...targets]).toEqual([0, 1, 1]);
    expect([...(await loadArchive({ x: inputs, y })).targets]).toEqual([1, 0, 1]);
  });

  it('have as many classes as their shape defines, which is public', async () => {
    const y = npyFile('|u1', [3, 3], Uint8Array.of(1, 0, 0, 0, 1, 0, 0, 1, 0));
    const { classNames, classesAreCounted } = await load({ x: inputs, y }, 'x');
    expect([classNames, classesAreCounted]).toEqual([['0', '1', '2'], false]);
    await expect(load({ x: inputs, y }, 'x', { classNames: ['a', 'b'] })).rejects.toThrow(
      'y.npy: expected 2 numbers in each row of the labels, one for each of classNames (--class-names, --class-count), got 3',
    );
    const named = await load({ x: inputs, y }, 'x', { classNames: ['a', 'b', 'c'] });
    expect(named.classNames).toEqual(['a', 'b', 'c']);
  });

  it.each([
    ['two ones', [1, 1], 0],
    ['none', [0, 0], 0],
    ['another number', [2, 0], 0],
  ])('of two columns are refused with %s in a row', async (_, row) => {
    const y = npyFile('|u1', [3, 2], Uint8Array.of(1, 0, 0, 1, ...row));
    await expect(load({ x: inputs, y }, 'x')).rejects.toThrow(
      'y.npy, row 2: expected a one-hot row in the labels [3, 2]; save the index of the',
    );
  });

  it.each([
    ['negative', npyFile('<i4', [3], bytesOf(Int32Array.of(0, -1234, 1)))],
    ['fractions', npyFile('<f8', [3, 1], bytesOf(Float64Array.of(0, 0.1234, 1)))],
  ])('are refused with the name of their file, without their values: %s', async (_, y) => {
    const problem =
      'row 1: expected the index of a class, a whole number from 0 on; save the index of each';
    await expect(load({ x: inputs, y }, 'x')).rejects.toThrow(`y.npy, ${problem}`);
    await expect(loadArchive({ x: inputs, y })).rejects.toThrow(`0.npz, y, ${problem}`);
    await expect(load({ x: inputs, y }, 'x')).rejects.not.toThrow('1234');
  });

  it('are refused if there are two candidate files', async () => {
    const arrays = { images: inputs, labels, targets: labels };
    await expect(load(arrays, 'images')).rejects.toThrow(
      'expected one file of labels beside it, got labels.npy, targets.npy: move the others away',
    );
  });

  it('are refused with more axes', async () => {
    const y = npyFile('|u1', [3, 1, 1], new Uint8Array(3));
    await expect(load({ x: inputs, y }, 'x')).rejects.toThrow('got [3, 1, 1]; each row of the');
  });
});

describe('inputs', () => {
  it.each([
    ['float16', npyFile('<f2', [3, 1], Uint8Array.of(0, 0x3c, 0, 0x40, 0, 0xc2))],
    ['int16', npyFile('<i2', [3, 1], bytesOf(Int16Array.of(1, 2, -3)))],
    ['big-endian', npyFile('>i2', [3, 1], Uint8Array.of(0, 1, 0, 2, 255, 253))],
  ])('are %s, read in place', async (_, x) => {
    const dataset = await load({ x, y: labels }, 'x');
    expect([...(await dataset.read([2, 0])).inputs]).toEqual([-3, 1]);
    expect([...(await loadArchive({ x, y: labels })).inputs]).toEqual([-3, 1, 2]);
  });

  it('are column-major', async () => {
    const x = npyFile('|u1', [3, 2], Uint8Array.of(1, 3, 5, 2, 4, 6), { order: 'True' });
    const dataset = await load({ x, y: labels }, 'x', { scaleBytes: false });
    expect([...(await dataset.read([2, 0])).inputs]).toEqual([5, 6, 1, 2]);
    const archive = await loadArchive({ x, y: labels }, { scaleBytes: false });
    expect([...archive.inputs]).toEqual([5, 6, 1, 2, 3, 4]);
    expect(archive.dataset.bytesAreScaled).toBe(false);
  });

  it('are checked in any order, compressed or not', async () => {
    const great = bytesOf(Float64Array.of(1, 2, 1e39));
    for (const order of ['True', 'False']) {
      const x = npyFile('<f8', [3, 1], great, { order });
      await expect(load({ x, y: labels }, 'x')).rejects.toThrow(
        'row 2, value 0: expected a number',
      );
      await expect(loadArchive({ x, y: labels })).rejects.toThrow('row 2, value 0: expected a');
    }
  });
});

describe('names', () => {
  it.each([
    ['x', 'y'],
    ['X', 'y'],
    ['X', 'Y'],
    ['X_train', 'y_train'],
    ['x-test', 'y-test'],
    ['x2', 'y2'],
    ['train_x', 'train_y'],
    ['images', 'labels'],
    ['train_images', 'train_labels'],
    ['data', 'target'],
    ['arr_0', 'arr_1'],
  ])('of files are %s and %s', async (x, y) => {
    expect((await load({ [x]: inputs, [y]: labels, other: labels }, x)).count).toBe(3);
  });

  it('of missing files are listed', async () => {
    await expect(load({ X_train: inputs }, 'X_train')).rejects.toThrow(
      'X_train.npy: expected the labels beside it, in one of Y_train.npy, y_train.npy: there is no such file',
    );
    await expect(load({ pixels: inputs }, 'pixels')).rejects.toThrow(
      'expected a name such as x….npy, X_train.npy or images.npy, with the labels beside it',
    );
  });

  it.each([
    ['X', 'y', []],
    ['x_train', 'y_train', ['x_test', 'y_test']],
    ['images', 'labels', []],
    ['arr_0', 'arr_1', ['arr_2']],
  ])('in an archive are %s and %s, with a warning', async (x, y, others) => {
    const rest = Object.fromEntries(others.map((name) => [name, labels]));
    const { dataset, targets } = await loadArchive({ [x]: inputs, [y]: labels, ...rest });
    expect([...targets]).toEqual([1, 0, 1]);
    const left = others.length === 0 ? '' : `; left out: ${others.join(', ')}`;
    expect(dataset.warnings).toEqual([`inputs are ${x}, labels ${y} (--inputs, --targets)${left}`]);
  });

  it('in an archive are the given ones, with matching labels', async () => {
    const test = npyFile('|u1', [3], Uint8Array.of(1, 1, 0));
    const arrays = { x: inputs, y: labels, x_test: inputs, y_test: test };
    const given = await loadArchive(arrays, { inputs: 'x_test' });
    expect([[...given.targets], given.dataset.warnings]).toEqual([[0, 1, 1], []]);
    const other = await loadArchive(arrays, { inputs: 'x_test', targets: 'y' });
    expect([...other.targets]).toEqual([1, 0, 1]);
    const { y_test, ...without } = arrays;
    // Never the labels of other inputs.
    await expect(loadArchive(without, { inputs: 'x_test' })).rejects.toThrow(
      'expected an array y_test, got x, y, x_test; name one of them as targets (--targets)',
    );
    const unusual = await loadArchive({ pixels: inputs, y: labels }, { inputs: 'pixels' });
    expect(unusual.dataset.warnings).toEqual(['inputs are pixels, labels y (--inputs, --targets)']);
    await expect(loadArchive({ a: inputs, b: labels })).rejects.toThrow(
      'expected an array x, got a, b; name one of them as inputs (--inputs)',
    );
  });
});

describe('weights', () => {
  const arrays = { x: inputs, y: labels };

  it('are an array with one weight per row', async () => {
    const w = npyFile('<f4', [3, 1], bytesOf(Float32Array.of(0.5, 0, 1)));
    const { dataset, weights } = await loadArchive({ ...arrays, w }, { weights: 'w' });
    expect([...weights!]).toEqual([1, 0.5, 0]);
    expect(dataset.greatestWeight).toBe(1);
  });

  it('are refused above the public bound, and with another shape', async () => {
    const w = npyFile('|u1', [3], Uint8Array.of(1, 4, 1));
    await expect(loadArchive({ ...arrays, w }, { weights: 'w' })).rejects.toThrow(
      /npz, w, row 1: expected a weight from 0 to 1; divide/,
    );
    const { weights } = await loadArchive({ ...arrays, w }, { weights: 'w', greatestWeight: 4 });
    expect([...weights!]).toEqual([1, 1, 4]);
    const short = npyFile('|u1', [2], Uint8Array.of(1, 1));
    await expect(loadArchive({ ...arrays, short }, { weights: 'short' })).rejects.toThrow(
      'short: expected weights [3], one for each row of the inputs, got [2]',
    );
    await expect(loadArchive(arrays, { weights: 'v' })).rejects.toThrow(
      'expected an array v, got x, y; name one of them as weights (--weights)',
    );
    await expect(loadArchive(arrays, { greatestWeight: 2 })).rejects.toThrow('name it: weights');
  });

  it('are not supported for separate array files', async () => {
    await expect(load(arrays, 'x', { weights: 'w' })).rejects.toThrow('weights is for npz, csv');
  });
});

describe('labels that are not classes', () => {
  const many = npyFile('<i4', [3], bytesOf(Int32Array.of(0, 70_000, 1)));

  it('are refused with the name of their own file or array', async () => {
    await expect(load({ x: inputs, y: many }, 'x')).rejects.toThrow(
      /y\.npy, row 1: expected labels below 65536: are these classes\?.*--task regression/,
    );
    await expect(loadArchive({ x: inputs, y: many })).rejects.toThrow(/npz, y, row 1: expected/);
    await expect(load({ x: inputs, y: labels }, 'x', { classNames: ['a'] })).rejects.toThrow(
      /y\.npy, row 1: expected a class index below 1/,
    );
  });
});
