import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { draftBesideTable, type DraftOptions } from '../node/draftBesideTable.ts';
import { loadDataset } from '../node/loadDataset.ts';
import { loadNumbers } from '../node/loadDataset.ts';
import { publishedTables } from '../testing/publishedTables.ts';
import type { Sidecar } from './sidecar.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dpquant-draft-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function draft(text: string, options: DraftOptions = {}) {
  const path = join(folder, 'a.csv');
  await writeFile(path, text);
  const { notes, file, sidecar } = await draftBesideTable(path, options);
  const written = JSON.parse(await readFile(file, 'utf8')) as Sidecar;
  expect(written).toEqual(sidecar);
  return { path, notes: notes.join('\n'), sidecar: written };
}

const asItIs = { mean: 0, deviation: 1 };

describe('a draft from the header', () => {
  it('does not depend on the rows', async () => {
    const options = { targets: 'ill', classNames: ['no', 'yes'], categories: { ward: ['A', '*'] } };
    const header = 'id,age,ward,ill\n';
    const drafts = [];
    for (const rows of ['1,30,A,no\n2,50,B,yes\n', 'x,1e39,,\n', '']) {
      drafts.push(await draft(header + rows, options));
      await rm(join(folder, 'a.csv.json'));
    }
    expect(drafts[1]).toEqual(drafts[0]);
    expect(drafts[2]).toEqual(drafts[0]);
    expect(drafts[0]!.sidecar).toEqual({
      ...options,
      drop: ['id'],
      standardization: { age: asItIs },
    });
    expect(drafts[0]!.notes).toMatch(
      /^"drop": id: named as.*\n"standardization": age: taken for numbers/,
    );
  });

  it('can be loaded when the rest is filled in', async () => {
    const { text, sidecar: whole } = publishedTables.titanic;
    const { targets, classNames, categories, missing } = whole as Sidecar & { targets: string };
    const drop = ['Name', 'Ticket', 'Cabin'];
    const options = { targets, classNames, categories, missing, drop };
    const { path, sidecar } = await draft(text, options);
    expect(sidecar.drop).toEqual([...drop, 'PassengerId']);
    expect((await loadDataset(path)).inputShape).toEqual([13]);
  });

  it('names the columns of a table without a header', async () => {
    const { sidecar, notes } = await draft('1,A\n', { header: false });
    expect(sidecar.columns).toEqual(['column1', 'column2']);
    expect(sidecar.fromValues).toBeUndefined();
    expect(notes).toMatch(/^"targets": name the column of the class\n"classNames": list/);
  });

  it('finds a column named class', async () => {
    const { sidecar } = await draft('a,Target\n');
    expect(sidecar.targets).toBe('Target');
  });
});

describe('a draft from the values', () => {
  const lookAtValues = true;

  it('describes the columns, and says that this was taken from the rows', async () => {
    const text =
      'n,age,ward,seen,name,class\n' +
      Array.from(
        { length: 60 },
        (_, i) =>
          `${i},${20 + (i % 3)},${['A', 'B', '?'][i % 3]!},2024-01-0${i % 9},p${i},${2 - (i % 2)}\n`,
      ).join('');
    const { path, sidecar, notes } = await draft(text, { lookAtValues });
    expect(sidecar).toEqual({
      targets: 'class',
      classNames: ['1', '2'],
      drop: ['n', 'seen', 'name'],
      categories: { ward: ['A', 'B'] },
      standardization: { age: { mean: 21, deviation: 0.82 } },
      missing: { ward: 'indicator' },
      fromValues: ['class', 'n', 'age', 'ward', 'seen', 'name'],
    });
    expect(notes.split('\n')).toEqual([
      '"drop": n holds numbers that count the rows',
      '"drop": seen holds dates or times',
      '"drop": name holds more than 50 different texts',
    ]);
    const { warnings, inputShape } = await loadDataset(path);
    expect([inputShape, warnings]).toEqual([
      [4],
      [
        expect.stringMatching(
          /^outside the privacy guarantee: what is said of class, n, age, ward, seen, name was/,
        ),
      ],
    ]);
  });

  it('keeps known facts, and does not say that they were taken from the rows', async () => {
    const { sidecar } = await draft('age,ward,class\n1,A,0\n2,,1\n', {
      lookAtValues,
      classNames: ['0', '1', '2'],
      categories: { ward: ['A', 'B', 'C'] },
      standardization: { age: { mean: 40, deviation: 10 } },
      missing: 'indicator',
    });
    expect(sidecar.fromValues).toBeUndefined();
    expect(sidecar.categories).toEqual({ ward: ['A', 'B', 'C'] });
    expect(sidecar.missing).toBe('indicator');
  });

  it('keeps known facts of columns in any spelling, and of columns named like parts of objects', async () => {
    const text = 'constructor,ward,class\nA,A,0\n,B,1\n';
    const categories = { ' ward ': ['A', 'B', 'C'] };
    const { sidecar } = await draft(text, { lookAtValues, categories, missing: {} });
    expect(sidecar.categories).toEqual({ ...categories, constructor: ['A'] });
    expect(sidecar.missing).toEqual({ constructor: 'indicator' });
  });

  it('recognizes decimal commas', async () => {
    const text = 'a;class\n1,5;0\n2;1\n2,5;1\n';
    const { path, sidecar } = await draft(text, { lookAtValues });
    expect(sidecar.decimalComma).toBe(true);
    expect((await loadDataset(path)).count).toBe(3);
  });
});

describe('a draft for numeric targets', () => {
  const text = 'id,rooms,w,price,rent\n1,2,1,100.5,0\n2,4,1,300,1\n3,3,0.5,200,0\n';
  const options: DraftOptions = { targets: 'price', weights: 'w', drop: ['rent'] };

  it('has a place for their public scale, and no classes', async () => {
    const { sidecar, notes } = await draft(text, { ...options, targetsAreNumbers: true });
    expect(sidecar).toEqual({
      ...options,
      drop: ['rent', 'id'],
      categories: {},
      standardization: { price: asItIs, rooms: asItIs },
    });
    expect(notes).toMatch(
      /^"targets": price: taken for numbers: train with --task regression; numbers far from/,
    );
    expect(notes).not.toMatch('classNames');
  });

  it('recognizes them by the values, and says so', async () => {
    const { sidecar, notes, path } = await draft(text, { ...options, lookAtValues: true });
    expect(sidecar.standardization!['price']).toEqual({ mean: 200, deviation: 81 });
    expect(sidecar.classNames).toBeUndefined();
    expect(sidecar.fromValues).toEqual(['price', 'rooms']);
    expect(notes).toMatch('"targets": price: taken for numbers: train with --task regression\n');
    const { inputNames, warnings } = await loadNumbers(path);
    expect([inputNames, warnings]).toEqual([['rooms'], [expect.stringMatching(/outside the/)]]);
  });

  it('leaves labels of 0 and 1 unscaled', async () => {
    const labels = 'a,cough,fever\n1,0,1\n5,1,1\n';
    const targets = 'cough,fever';
    const { sidecar, notes, path } = await draft(labels, { targets, lookAtValues: true });
    expect(sidecar.targets).toEqual(['cough', 'fever']);
    expect(Object.keys(sidecar.standardization!)).toEqual(['a']);
    expect(notes).toMatch('--task multilabel');
    expect((await loadNumbers(path)).classNames).toEqual(['cough', 'fever']);
  });
});

it('does not replace another, and is only for tables', async () => {
  await draft('a,class\n1,0\n');
  await expect(draft('a,class\n1,0\n')).rejects.toThrow('a.csv.json: is there already; edit it');
  const path = join(folder, 'x.npy');
  await writeFile(path, '');
  await expect(draftBesideTable(path)).rejects.toThrow(
    'a sidecar file can only be drafted for a table',
  );
});
