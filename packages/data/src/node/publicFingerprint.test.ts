import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { splitByHash } from '../splitByHash.ts';
import { subset } from '../subset.ts';
import { tableDataset } from '../tableDataset.ts';
import { tinyImages } from '../testing/tinyImages.ts';
import { weightedDataset } from '../weightedDataset.ts';
import { publicFingerprint } from './publicFingerprint.ts';

const classNames = ['a', 'b', 'c'];
/** The values of `tinyImages(4)`, as numbers without scaling. */
const values = Float64Array.from([0, 255, 1, 254, 2, 253, 3, 252], (value) => value / 255);
const labels = [0, 1, 2, 0];
const table = { name: 'other', values, labels, inputShape: [1, 2, 1], classNames };

describe('the fingerprint of public data', () => {
  it('depends on the values, not on the kind of file', async () => {
    const fingerprint = await publicFingerprint(tinyImages(4));
    expect(fingerprint).toMatch(/^[\da-f]{64}$/);
    expect(await publicFingerprint(tableDataset(table))).toBe(fingerprint);
  });

  it('does not depend on how many rows are read at a time', async () => {
    const big = 2 ** 21;
    const rows = [1, 2, 3].map((value) => new Float32Array(big).fill(value));
    const inMemory = {
      name: 'big',
      values: Float32Array.from({ length: 3 * big }, (_, i) => 1 + Math.floor(i / big)),
      labels: [0, 1, 2],
      inputShape: [big],
      classNames,
    };
    const read: number[] = [];
    const dataset = tableDataset(inMemory);
    const watched: typeof dataset = {
      ...dataset,
      read(wanted, options) {
        read.push(wanted.length);
        return dataset.read(wanted, options);
      },
    };
    const expected = createHash('sha256');
    rows.forEach((row, label) => expected.update(row).update(Float32Array.of(label)));
    expected.update(JSON.stringify([3, big, 1]));
    expect(await publicFingerprint(watched)).toBe(expected.digest('hex'));
    expect(read).toEqual([1, 1, 1]);
  });

  it.each([
    ['an input', { values: values.map((value, i) => (i === 7 ? value + 1e-6 : value)) }],
    ['a target', { labels: [0, 1, 2, 1] }],
    ['the number of rows', { values: values.subarray(2), labels: labels.slice(1) }],
    ['the order', { values: values.toReversed(), labels: labels.toReversed() }],
  ])('changes with %s', async (_, changes) => {
    const other = tableDataset({ ...table, ...changes });
    expect(await publicFingerprint(other)).not.toBe(await publicFingerprint(tableDataset(table)));
  });

  it('changes with the weights, and with their presence', async () => {
    const weighted = (weights: readonly number[]) =>
      publicFingerprint(weightedDataset(tableDataset(table), weights, { where: 'weights' }));
    const fingerprints = [
      await publicFingerprint(tableDataset(table)),
      await weighted([1, 1, 1, 1]),
      await weighted([1, 1, 1, 0.5]),
    ];
    expect(new Set(fingerprints).size).toBe(3);
    expect(await weighted([1, 1, 1, 0.5])).toBe(fingerprints[2]);
  });

  it('does not depend on shapes and names of classes', async () => {
    const other = tableDataset({ ...table, inputShape: [2], classNames: ['a', 'b', 'd'] });
    expect(await publicFingerprint(other)).toBe(await publicFingerprint(tableDataset(table)));
  });

  it('differs between the validation part and the whole', async () => {
    const whole = tinyImages(40);
    const options = { validationFraction: 0.25, seed: 1 };
    const { training, validation } = splitByHash(whole, options);
    const { keys } = await validation.read(Array.from({ length: 10 }, (_, i) => i));
    expect(validation.count).toBe(10);
    const fingerprint = await publicFingerprint(validation);
    expect(fingerprint).toBe(await publicFingerprint(subset(whole, keys.rows)));
    expect(fingerprint).not.toBe(await publicFingerprint(training));
  });

  it('is also defined without rows', async () => {
    const { validation } = splitByHash(tinyImages(4), { validationFraction: 0, seed: 1 });
    expect(await publicFingerprint(validation)).toMatch(/^[\da-f]{64}$/);
  });
});
