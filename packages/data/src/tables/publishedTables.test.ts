import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { gzipSync, strToU8 } from 'fflate';
import { loadDataset } from '../node/loadDataset.ts';
import { loadNumbers } from '../node/loadDataset.ts';
import { publishedTables, type PublishedTable } from '../testing/publishedTables.ts';
import type { Sidecar } from './sidecar.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dpquant-published-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function load({ file, text, sidecar }: PublishedTable, isPacked = false) {
  const path = join(folder, isPacked ? `${file}.gz` : file);
  await writeFile(path, isPacked ? gzipSync(strToU8(text)) : text);
  await writeFile(`${path}.json`, JSON.stringify(sidecar));
  const dataset = await loadDataset(path);
  const rows = Array.from({ length: dataset.count }, (_, row) => row);
  const { inputs, targets } = await dataset.read(rows);
  const [width] = dataset.inputShape as [number];
  const row = (row: number) =>
    [...inputs.subarray(row * width, (row + 1) * width)].map((value) => Number(value.toFixed(4)));
  return { dataset, row, targets: [...targets] };
}

it('reads Titanic, compressed or not', async () => {
  for (const isPacked of [false, true]) {
    const { dataset, row, targets } = await load(publishedTables.titanic, isPacked);
    expect(dataset.inputNames).toEqual([
      ...['Pclass=1', 'Pclass=2', 'Pclass=3', 'Sex=female', 'Sex=male', 'Age', 'Age missing'],
      ...['SibSp', 'Parch', 'Fare', 'Embarked=S', 'Embarked=C', 'Embarked=Q'],
    ]);
    expect(targets).toEqual([0, 1, 1, 0, 1]);
    expect(row(0)).toEqual([0, 0, 1, 0, 1, -0.5333, 0, 1, 0, -0.455, 1, 0, 0]);
    // Missing: the age, and the port of embarkation.
    expect(row(3).slice(5, 7)).toEqual([0, 1]);
    expect(row(4).slice(-3)).toEqual([1, 0, 0]);
    expect(dataset.warnings).toEqual([]);
  }
});

it('reads both parts of Adult with the same inputs', async () => {
  const { dataset, row, targets } = await load(publishedTables.adult);
  const test = await load(publishedTables.adultTest);
  expect(test.dataset.inputNames).toEqual(dataset.inputNames);
  expect([targets, test.targets]).toEqual([
    [0, 0, 1],
    [0, 1, 0],
  ]);
  expect(dataset.inputNames!.slice(0, 6)).toEqual([
    ...['age', 'workclass=Private', 'workclass=State-gov', 'workclass=Self-emp-not-inc'],
    ...['workclass=*', 'workclass missing'],
  ]);
  expect(row(0).slice(0, 6)).toEqual([-0.0667, 0, 1, 0, 0, 0]);
  expect(row(2).slice(0, 6)).toEqual([0.9333, 0, 0, 0, 0, 1]);
  expect(test.row(1).slice(0, 6)).toEqual([-0.8, 0, 0, 0, 1, 0]);
});

it('reads wine, with the class in the first column', async () => {
  const { dataset, row, targets } = await load(publishedTables.wine);
  expect([dataset.inputShape, targets]).toEqual([[13], [0, 1, 2]]);
  expect(row(1)).toEqual([
    ...[12.37, 0.94, 1.36, -1.88, -0.6, 1.98, 0.57, 0.28, 0.42, 1.95, 1.05, 1.82, -0.7667],
  ]);
});

it('reads wine quality', async () => {
  const { dataset, row, targets } = await load(publishedTables.wineQuality);
  expect([dataset.inputNames![1], targets]).toEqual(['volatile acidity', [2, 2, 3]]);
  expect(row(2)).toEqual([11.2, 0.28, 0.56, 1.9, 0.075, 0.2, 0.5, 0.998, 3.16, 0.58, 9.8]);
});

it('reads wine quality as a regression', async () => {
  const { file, text, sidecar } = publishedTables.wineQuality;
  const { classNames, standardization, ...others } = sidecar as Sidecar;
  const path = join(folder, file);
  await writeFile(path, text);
  const scales = { ...standardization, quality: { mean: 6, deviation: 1 } };
  await writeFile(`${path}.json`, JSON.stringify({ ...others, standardization: scales }));
  const dataset = await loadNumbers(path);
  expect(dataset).toMatchObject({ targetShape: [], classNames: ['quality'], inputShape: [11] });
  expect([...(await dataset.read([0, 1, 2])).targets]).toEqual([-1, -1, 0]);
});

it('reads the census weights of Adult, on a public scale', async () => {
  const { file, text, sidecar } = publishedTables.adult;
  const { standardization, drop, ...others } = sidecar as Sidecar;
  const weights = 'fnlwgt';
  const { dataset } = await load({
    ...{ file, text },
    sidecar: {
      ...{ ...others, weights, drop: drop!.filter((name) => name !== weights) },
      standardization: { ...standardization, fnlwgt: { mean: 0, deviation: 2e6 } },
    },
  });
  expect(dataset.inputNames).not.toContain(weights);
  const { weights: read } = await dataset.read([0]);
  expect(read![0]).toBeCloseTo(77_516 / 2e6, 6);
});

it('reads iris', async () => {
  const { dataset, row, targets } = await load(publishedTables.iris);
  expect([dataset.count, row(2), targets]).toEqual([3, [6.3, 3.3, 6, 2.5], [0, 1, 2]]);
});

it('reads German credit', async () => {
  const { dataset, row, targets } = await load(publishedTables.germanCredit);
  expect([dataset.inputShape, targets]).toEqual([[57], [0, 1, 0]]);
  expect(row(1).slice(0, 10)).toEqual([0, 1, 0, 0, 2.3333, 0, 0, 1, 0, 0]);
});
