import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { classesAreCounted, loadDataSet } from './dataSets.ts';

let folder: string;
let data: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dpquant-data-'));
  data = join(folder, 'table.csv');
  await writeFile(data, 'age,person,class\n30,p,0\n41,q,1\n52,p,1\n');
});
afterEach(() => rm(folder, { recursive: true }));

it('loads what is at a path, with the units and classes that are given', async () => {
  const dataset = await loadDataSet({ data, privacyUnit: 'person', classCount: 5 });
  expect([dataset.count, dataset.privacyUnits.count, dataset.classNames.length]).toEqual([3, 2, 5]);
});

it('knows whether classes are counted from labels', async () => {
  expect(await classesAreCounted({ data: 'mnist' })).toBe(false);
  expect(await classesAreCounted({ data: folder })).toBe(false);
  expect(await classesAreCounted({ data })).toBe(true);
  expect(await classesAreCounted({ data, classCount: 2 })).toBe(false);
  await writeFile(`${data}.json`, '{"classNames": ["0", "1"]}');
  expect(await classesAreCounted({ data })).toBe(false);
});
