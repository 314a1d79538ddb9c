import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it } from '@jest/globals';
import { InvalidArgumentError } from 'commander';
import {
  parseCategories,
  parseDelimiter,
  parseMissing,
  parseQuote,
  parseStandardization,
} from '../flags/columnArguments.ts';
import { loadChosenData } from './loadChosenData.ts';
import { temporaryFolder } from '../testing/temporaryFolder.ts';

const folder = temporaryFolder();
let data: string;
beforeEach(async () => {
  data = join(folder(), 'table.csv');
  await writeFile(data, 'age,person,class\n30,p,0\n41,q,1\n52,p,1\n');
});

it('loads what is at a path, with the units and classes that are given', async () => {
  const dataset = await loadChosenData({ data, privacyUnit: 'person', classCount: 5 });
  expect([dataset.count, dataset.privacyUnits.count, dataset.classNames.length]).toEqual([3, 2, 5]);
});

it('knows whether classes are counted from labels', async () => {
  const areCounted = async (choice: object) =>
    (await loadChosenData({ data, privacyUnit: 'person', ...choice })).classesAreCounted;
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

it('reads rules of tables off flags', () => {
  expect(parseMissing('indicator')).toBe('indicator');
  expect(parseMissing('age=40; ward = A;*=refuse')).toEqual({ age: 40, ward: 'A', '*': 'refuse' });
  for (const wrong of ['mean', 'age=', 'age=1,2', '*=0', 'age']) {
    expect(() => parseMissing(wrong)).toThrow(InvalidArgumentError);
  }
  expect(['tab', ';', 'space', 'comma'].map(parseDelimiter)).toEqual(['\t', ';', ' ', ',']);
  expect(() => parseDelimiter('colon')).toThrow(
    'Expected one of comma, semicolon, tab, pipe, space',
  );
  expect(['none', "'"].map(parseQuote)).toEqual(['', "'"]);
  expect(() => parseQuote("''")).toThrow('Expected one character, or none.');
});

it('reads a table as its flags say', async () => {
  await writeFile(data, "by us\n1|3,5|'a|b'|-|no\n2|4|c|1|yes\n");
  const { inputNames, inputShape } = await loadChosenData({
    data,
    ...{ skipLines: 1, delimiter: 'pipe', quote: "'", decimalComma: true },
    ...{ columns: 'id,age,ward,size,ill', targets: 'ill', classNames: 'no,yes', drop: 'id' },
    ...{ categories: 'ward=a|b,c', missing: 'size=indicator', missingValues: '-' },
  });
  expect(inputNames).toEqual(['age', 'ward=a|b', 'ward=c', 'size', 'size missing']);
  expect(inputShape).toEqual([5]);
  const numbered = { skipLines: 1, header: false, targets: 'column5', classNames: 'no,yes' };
  const form = { delimiter: 'pipe', quote: "'", drop: 'column3,column2', missingValues: '-' };
  const read = await loadChosenData({ data, ...numbered, ...form, missing: 'column4=0' });
  expect(read.inputNames).toEqual(['column1', 'column4']);
});
