import { expect, it } from '@jest/globals';
import { partsDataset, weightedDataset, type Dataset } from '@dpquant/data';
import { DataHash } from './dataHash.ts';

const dataset = (values = [1, 2, 3, 4], labels = [0, 1]) =>
  partsDataset({
    name: 'rows',
    inputs: [{ name: 'x', shape: [2], values: Float32Array.from(values) }],
    targets: [{ name: 'y', shape: [], values: Float32Array.from(labels) }],
  });

async function hashOf(data: Dataset, key = 'k'): Promise<string> {
  const hash = new DataHash(key, data);
  hash.add(await data.read([0, 1]));
  return hash.digest();
}

it('is that of equal data, of no others, and under no other key', async () => {
  const hash = await hashOf(dataset());
  expect(await hashOf(dataset())).toBe(hash);
  const weighted = weightedDataset(dataset(), [1, 0.5], { greatestWeight: 1, where: 'weights' });
  const others = [dataset([1, 2, 3, 5]), dataset([1, 2, 3, 4], [1, 1]), weighted];
  for (const other of others) expect(await hashOf(other)).not.toBe(hash);
  expect(await hashOf(dataset(), 'another')).not.toBe(hash);
});
