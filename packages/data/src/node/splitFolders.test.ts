import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { splitAsGiven } from '../splitAsGiven.ts';
import { encodePng } from '../testing/pngFile.ts';
import { loadDataset } from './loadDataset.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dpquant-split-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(...names: readonly string[]): Promise<void> {
  for (const name of names) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, encodePng({ width: 1, height: 1, channels: 1, data: [7] }));
  }
}

it('train and test are the private and the public part', async () => {
  await write('train/a/1.png', 'train/b/1.png', 'train/b/2.png', 'test/a/1.png', 'test/c/1.png');
  const dataset = await loadDataset(folder);
  expect([dataset.count, dataset.classNames]).toEqual([5, ['a', 'b', 'c']]);
  expect(dataset.givenSplit).toMatchObject({ training: 'train', validation: 'test' });
  const { training, validation } = splitAsGiven(dataset)!;
  const all = async (part: typeof training) =>
    part.read(Array.from({ length: part.count }, (_, row) => row));
  expect([...(await all(training)).targets]).toEqual([0, 1, 1]);
  expect([...(await all(validation)).targets]).toEqual([0, 2]);
  expect([...(await all(validation)).keys.rows]).toEqual([3, 4]);
  expect([training.privacyUnits.count, training.givenSplit]).toEqual([3, undefined]);
});

it.each([
  [['Training', 'Val'], 'Training', 'Val'],
  [['train', 'valid'], 'train', 'valid'],
  [['train', 'testing'], 'train', 'testing'],
])('%j are parts too', async (folders, training, validation) => {
  for (const name of folders) await write(`${name}/a/1.png`, `${name}/b/1.png`);
  expect((await loadDataset(folder)).givenSplit).toMatchObject({ training, validation });
});

it('test data are left out beside validation data, with a warning', async () => {
  for (const name of ['train', 'val', 'test']) await write(`${name}/a/1.png`, `${name}/b/1.png`);
  const dataset = await loadDataset(folder);
  expect([dataset.count, dataset.givenSplit?.validation]).toEqual([4, 'val']);
  expect(dataset.warnings).toEqual([
    `${join(folder, 'test')}: left out, since val is the public validation data`,
  ]);
});

it('other folders beside them are refused, unless all are classes', async () => {
  for (const name of ['train', 'test', 'more']) await write(`${name}/a/1.png`, `${name}/b/1.png`);
  await expect(loadDataset(folder)).rejects.toThrow(
    `${folder}: expected folders of classes, or train and test alone, got more beside these`,
  );
  const dataset = await loadDataset(folder, { classNames: ['more', 'test', 'train'] });
  expect([dataset.count, dataset.givenSplit]).toEqual([6, undefined]);
  await rm(join(folder, 'more'), { recursive: true });
  await write('training/a/1.png');
  await expect(loadDataset(folder)).rejects.toThrow('got training beside these');
});

it('a part without classes is named', async () => {
  await write('train/a/1.png', 'train/b/1.png', 'test/1.png');
  await expect(loadDataset(folder)).rejects.toThrow(
    `${join(folder, 'test')}: expected folders of PNG`,
  );
});

it('a privacy unit must be in one part', async () => {
  await write('train/a/p_1.png', 'train/b/q_1.png', 'test/a/r_1.png');
  const privacyUnit = '/(.)_';
  const dataset = await loadDataset(folder, { privacyUnit: '^[ab]/(.)_' });
  expect(splitAsGiven(dataset)!.training.privacyUnits.count).toBe(2);
  await write('test/b/p_2.png', 'test/b/p_3.png');
  const shared = await loadDataset(folder, { privacyUnit });
  expect(() => splitAsGiven(shared)).toThrow(
    'expected each privacy unit in one part, got 1 with examples in both train and test; what is public of a unit ' +
      'cannot be private: move all of each to one of them',
  );
});

it('data without parts have no given split', async () => {
  await write('a/1.png', 'b/1.png');
  expect(splitAsGiven(await loadDataset(folder))).toBeUndefined();
});

it('tables with numeric classes use the classes of the folders', async () => {
  await write('train/00000/1.png', 'train/00001/1.png', 'test/1.png');
  await writeFile(join(folder, 'test/GT-test.csv'), 'Filename;ClassId\n1.png;1\n');
  const dataset = await loadDataset(folder);
  expect(dataset.classNames).toEqual(['00000', '00001']);
  expect([...(await splitAsGiven(dataset)!.validation.read([0])).targets]).toEqual([1]);
});
