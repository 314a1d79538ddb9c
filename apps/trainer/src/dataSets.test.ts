import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it } from '@jest/globals';
import { parseCategories, parseStandardization } from './dataFlags.ts';
import { loadDataSet } from './dataSets.ts';
import { temporaryFolder } from './testing/temporaryFolder.ts';

const folder = temporaryFolder();
let data: string;
beforeEach(async () => {
  data = join(folder(), 'table.csv');
  await writeFile(data, 'age,person,class\n30,p,0\n41,q,1\n52,p,1\n');
});

it('loads what is at a path, with the units and classes that are given', async () => {
  const dataset = await loadDataSet({ data, privacyUnit: 'person', classCount: 5 });
  expect([dataset.count, dataset.privacyUnits.count, dataset.classNames.length]).toEqual([3, 2, 5]);
});

it('knows whether classes are counted from labels', async () => {
  const areCounted = async (choice: object) =>
    (await loadDataSet({ data, privacyUnit: 'person', ...choice })).classesAreCounted;
  expect(await areCounted({})).toBe(true);
  expect(await areCounted({ classCount: 2 })).toBe(false);
  expect(await areCounted({ classNames: '0,1' })).toBe(false);
  await writeFile(`${data}.json`, '{"standardization": {"age": {"mean": 1, "deviation": 1}}}');
  expect(await areCounted({})).toBe(true);
  await writeFile(`${data}.json`, '{"classNames": ["0", "1"]}');
  expect(await areCounted({})).toBe(false);
});

it('reads columns off flags', () => {
  expect(parseCategories('ward=A, B;sex=f,')).toEqual({ ward: ['A', 'B'], sex: ['f', ''] });
  expect(parseStandardization('age=40,10; a b = -1e3, .5')).toEqual({
    age: { mean: 40, deviation: 10 },
    'a b': { mean: -1000, deviation: 0.5 },
  });
});
