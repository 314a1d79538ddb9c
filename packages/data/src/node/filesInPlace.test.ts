import { mkdtemp, open, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import type { Batch, Dataset } from '../dataset.ts';
import { cifarDataset } from '../formats/cifar.ts';
import { DataError } from '../formats/dataError.ts';
import { npzDataset } from '../formats/npz.ts';
import { tableDataset } from '../tableDataset.ts';
import { bytesOf, cifarFile, idxFile, inZip64, npyFile, npzFile } from '../testing/files.ts';
import { loadDataset } from './loadDataset.ts';

jest.setTimeout(60_000);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dpquant-data-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(name: string, content: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** Checks that any rows, in any order and repeated, are equal in both. */
async function expectSameRows(inFile: Dataset, inMemory: Dataset): Promise<void> {
  expect([inFile.count, inFile.inputShape]).toEqual([inMemory.count, inMemory.inputShape]);
  expect(inFile.classNames).toEqual(inMemory.classNames);
  const rows = fc.array(fc.nat({ max: inMemory.count - 1 }), { maxLength: 40 });
  // Comparing typed arrays value by value is slow.
  const bytes = ({ inputs, targets, mask, keys }: Batch) =>
    Buffer.concat([inputs, targets, mask, keys.rows, keys.views].map(bytesOf));
  await fc.assert(
    fc.asyncProperty(rows, async (wanted) => {
      const [read, expected] = await Promise.all(
        [inFile, inMemory].map(async (dataset) => bytes(await dataset.read(wanted, { size: 41 }))),
      );
      expect(read!.equals(expected!)).toBe(true);
    }),
    { numRuns: 30 },
  );
}

// Rows of 5 KB and more: some are read together with the bytes between them, others not.
const length = 300 * 5100;
const count = 3000;
const labels = Uint8Array.from({ length: count }, (_, row) => row % 7);

describe('rows read from a file equal those of its array in memory', () => {
  it.each([
    ['|u1', new Uint8Array(length)],
    ['|i1', new Int8Array(length)],
    ['<u2', new Uint16Array(length)],
    ['<i4', new Int32Array(length)],
    ['<f4', new Float32Array(length)],
    ['<f8', new Float64Array(length)],
  ] as const)('NPY of %s', async (descr, values) => {
    const inputShape = [17, 300, 1];
    for (let i = 0; i < length; i++) values[i] = (i * 31) % 120;
    const few = labels.subarray(0, 300);
    const path = await write('x.npy', npyFile(descr, [300, 17, 300], bytesOf(values)));
    await write('y.npy', npyFile('|u1', [300], few));
    const inMemory = tableDataset({ name: path, values, labels: few, inputShape });
    await expectSameRows(await loadDataset(path), inMemory);
  });

  it('NPY of 64-bit integers', async () => {
    const numbers = Float64Array.from({ length: 2 * count }, (_, i) => i * 3 - 5);
    const integers = BigInt64Array.from(numbers, (value) => BigInt(value));
    const path = await write('x.npy', npyFile('<i8', [count, 2, 1, 1], bytesOf(integers)));
    await write('y.npy', npyFile('<i8', [count], bytesOf(BigInt64Array.from(labels, BigInt))));
    const inMemory = tableDataset({ name: path, values: numbers, labels, inputShape: [2, 1, 1] });
    await expectSameRows(await loadDataset(path), inMemory);
  });

  it('IDX and CIFAR', async () => {
    const values = Uint8Array.from({ length: 4 * count }, (_, i) => i * 7);
    const path = await write('a-images-idx3-ubyte', idxFile([count, 2, 2], values));
    await write('a-labels-idx1-ubyte', idxFile([count], labels));
    const inMemory = tableDataset({ name: path, values, labels, inputShape: [2, 2, 1] });
    await expectSameRows(await loadDataset(path), inMemory);
    for (const records of [
      [[3], [1], [9]],
      [
        [3, 99],
        [0, 1],
      ],
    ]) {
      const bytes = cifarFile(records);
      const file = await write('c.bin', bytes);
      const classCount = records[0]!.length === 1 ? 10 : 100;
      await expectSameRows(await loadDataset(file), cifarDataset(bytes, { file, classCount }));
    }
  });

  it('token ids stored as bytes', async () => {
    const file = await write('a.npz', npzFile(0));
    const ids = await loadDataset(file, { scaleBytes: false });
    expect([...(await ids.read([3])).inputs]).toEqual([12, 13, 14, 15]);
    const inMemory = npzDataset(npzFile(6), { file, scaleBytes: false });
    await expectSameRows(ids, inMemory);
    await write('x.npy', npyFile('|u1', [2, 1], Uint8Array.of(7, 8)));
    await write('y.npy', npyFile('|u1', [2], Uint8Array.of(0, 1)));
    const array = await loadDataset(join(folder, 'x.npy'), { scaleBytes: false });
    expect([...(await array.read([0, 1])).inputs]).toEqual([7, 8]);
  });

  it.each([
    ['stored', npzFile(0)],
    ['deflated', npzFile(6)],
    ['with zip64 sizes', inZip64(npzFile(0))],
  ])('NPZ, %s', async (_, bytes) => {
    const file = await write('a.npz', bytes);
    const privacyUnit = ['y', 'track'];
    const inMemory = npzDataset(bytes, { file, privacyUnit });
    const inFile = await loadDataset(file, { privacyUnit: 'y,track' });
    await expectSameRows(inFile, inMemory);
    expect([0, 1, 2].map((unit) => inFile.privacyUnits.rowsOf(unit))).toEqual([[0, 2], [1], [3]]);
  });
});

describe('a file of several GB', () => {
  /** Loads a file and reads some of its rows; fails if it needs the file's size in memory. */
  async function readRows(path: string, rows: readonly number[]) {
    const before = process.memoryUsage();
    const dataset = await loadDataset(path, { classNames: Array.from('0123456789') });
    const { inputs, targets } = await dataset.read(rows);
    const { rss, arrayBuffers } = process.memoryUsage();
    expect(rss - before.rss).toBeLessThan(2 ** 28);
    expect(arrayBuffers - before.arrayBuffers).toBeLessThan(2 ** 26);
    return { dataset, inputs, targets };
  }

  it('is read row by row: NPY of 1.7 million images', async () => {
    const images = 1_700_000;
    const header = npyFile('|u1', [images, 32, 32, 3], new Uint8Array());
    const path = await write('x.npy', header);
    const offset = (row: number) => header.length + 3072 * row;
    await truncate(path, offset(images));
    const file = await open(path, 'r+');
    await file.write(Uint8Array.of(51, 102), 0, 2, offset(1_699_999));
    await file.close();
    await write('y.npy', npyFile('|u1', [images], new Uint8Array(images)));
    const { dataset, inputs } = await readRows(path, [0, 1_699_999, 1_699_998]);
    expect(dataset.count).toBe(images);
    expect([...inputs.subarray(3072, 3075)]).toEqual([0.2, 0.4, 0].map(Math.fround));
    expect(inputs.filter((value) => value !== 0)).toHaveLength(2);
  });

  it('is read row by row: CIFAR of 700,000 images, more than 2 GiB', async () => {
    const path = await write('big.bin', new Uint8Array());
    await truncate(path, 3073 * 700_000);
    const file = await open(path, 'r+');
    await file.write(Uint8Array.of(7, 51), 0, 2, 3073 * 699_999);
    await file.close();
    const { inputs, targets } = await readRows(path, [699_999, 5]);
    expect([[...targets], inputs[0]]).toEqual([[7, 0], Math.fround(0.2)]);
  });
});

describe('refused', () => {
  it('is a file that was changed since it was opened', async () => {
    const path = await write('c.bin', cifarFile([[3], [1]]));
    const dataset = await loadDataset(path);
    await dataset.read([1]);
    await utimes(path, 1, 1);
    await expect(dataset.read([1])).rejects.toThrow('was changed since it was opened');
    await rm(path);
    await expect(dataset.read([1])).rejects.toThrow(DataError);
  });

  it('is NaN in any piece, when the file is opened', async () => {
    const values = new Float32Array(2_000_000);
    values[1_999_998] = NaN;
    const path = await write('x.npy', npyFile('<f4', [1_000_000, 2], bytesOf(values)));
    await write('y.npy', npyFile('|u1', [1_000_000], new Uint8Array(1_000_000)));
    await expect(loadDataset(path)).rejects.toThrow(
      'x.npy, row 999999: expected finite numbers, got NaN',
    );
  });

  it('is a number beyond float32 in any piece, when the file is opened', async () => {
    const values = new Float64Array(1_000_000);
    values[999_999] = 1e39;
    const path = await write('x.npy', npyFile('<f8', [500_000, 2], bytesOf(values)));
    await write('y.npy', npyFile('|u1', [500_000], new Uint8Array(500_000)));
    await expect(loadDataset(path)).rejects.toThrow(
      'x.npy, row 499999, value 1: expected a number within float32',
    );
  });

  it('is a different number of labels, before they are read', async () => {
    const path = await write('x.npy', npyFile('|u1', [2, 1], Uint8Array.of(1, 2)));
    await write('y.npy', npyFile('|u1', [3], new Uint8Array(3)));
    await expect(loadDataset(path)).rejects.toThrow(
      'y.npy: expected labels [2], [2, 1], or one-hot rows [2, classes], got [3]',
    );
    await write('x.npy', npyFile('|u1', [0, 1], new Uint8Array()));
    await write('y.npy', npyFile('|u1', [0], new Uint8Array()));
    await expect(loadDataset(path)).rejects.toThrow('expected rows, got [0, 1]');
  });

  it('is a file that exceeds the limit when decompressed', async () => {
    const path = await write('a.npz', npzFile(6));
    await expect(loadDataset(path, { unpackedLimit: 100 })).rejects.toThrow(
      'more than 100 bytes, the unpackedLimit; np.savez stores arrays as they are',
    );
    // Uncompressed files need no limit.
    const stored = await loadDataset(await write('b.npz', npzFile(0)), { unpackedLimit: 100 });
    expect(stored.count).toBe(4);
  });

  it.each([
    ['stored', npzFile(0)],
    ['deflated', npzFile(6)],
    ['zip64', inZip64(npzFile(0))],
  ])('is a damaged archive: %s', async (_, bytes) => {
    const file = await write('whole.npz', bytes);
    const { inputs } = await npzDataset(bytes, { file }).read([0, 1, 2, 3]);
    const survive = async (name: string, damaged: Uint8Array) => {
      try {
        // Flipping a bit that is not used, such as in a date, changes nothing; all others are
        // detected.
        const dataset = await loadDataset(await write(name, damaged));
        return (await dataset.read([0, 1, 2, 3])).inputs.join() === inputs.join();
      } catch (error) {
        return error instanceof DataError && error.message.startsWith(join(folder, name));
      }
    };
    const survived: boolean[] = [];
    for (let length = 0; length < bytes.length; length += 5) {
      survived.push(await survive('cut.npz', bytes.subarray(0, length)));
    }
    for (let bit = 0; bit < 8 * bytes.length; bit += 11) {
      const damaged = bytes.slice();
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      survived.push(await survive('flipped.npz', damaged));
    }
    expect(survived.indexOf(false)).toBe(-1);
  });
});
