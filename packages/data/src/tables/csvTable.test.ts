import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadDataset } from '../node/loadDataset.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dpquant-table-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

describe('a table', () => {
  const text = 'age;colour;person;class\n30;red;p;no\n50;blue;q;yes\n40;red;p;yes\n';
  const options = {
    classNames: ['no', 'yes'],
    categories: { colour: ['red', 'blue'] },
    standardization: { age: { mean: 40, deviation: 10 } },
    privacyUnit: 'person',
  };

  it('has numbers, categories, classes and units', async () => {
    const dataset = await loadDataset(await write('a.csv', text), options);
    const { inputs, targets } = await dataset.read([0, 1, 2]);
    expect([...inputs]).toEqual([-1, 1, 0, 1, 0, 1, 0, 1, 0]);
    expect([...targets]).toEqual([0, 1, 1]);
    expect(dataset.privacyUnits.rowsOf(0)).toEqual([0, 2]);
  });

  it('may have labels with decimals, and a column without a name, if intended', async () => {
    const path = await write('a.csv', ',class\n7,1.0\n8,0\n9,01\n');
    const named = { standardization: { '': { mean: 0, deviation: 1 } } };
    for (const classNames of [undefined, ['0', '1']]) {
      const { inputs, targets } = await (
        await loadDataset(path, { ...named, classNames })
      ).read([0, 1, 2]);
      expect([[...inputs], [...targets]]).toEqual([
        [7, 8, 9],
        [1, 0, 1],
      ]);
    }
  });

  it('may have white space around classes and categories, and composed or decomposed accents', async () => {
    const path = await write('a.csv', 'who,class\nA , yes\nJose\u0301,no \n\tA,0\n');
    const options = { classNames: ['no', 'yes', '0'], categories: { who: ['A', 'Jos\u00e9'] } };
    const dataset = await loadDataset(path, options);
    const { inputs, targets } = await dataset.read([0, 1, 2]);
    expect([...inputs]).toEqual([1, 0, 0, 1, 1, 0]);
    expect([...targets]).toEqual([1, 0, 2]);
    // If two names differ in white space only, a cell matches the exact one.
    const both = { classNames: ['yes', 'yes '], categories: { who: ['A', 'A '] } };
    const twice = await write('b.csv', 'who,class\n"A ",yes\nA,yes \n');
    expect([...(await (await loadDataset(twice, both)).read([0, 1])).inputs]).toEqual([0, 1, 1, 0]);
    const neither = await write('c.csv', 'who,class\nA,yes\n" A",yes\n');
    await expect(loadDataset(neither, both)).rejects.toThrow('row 1, column who: expected one of');
  });

  it.each(['1e1', '+10', ' 10.', '1.0E+1', '.1e2', '0010'])(
    'accepts the number %j',
    async (cell) => {
      const path = await write('a.csv', `a,class\n${cell},0\n-2.5,1\n`);
      const dataset = await loadDataset(path);
      expect([...(await dataset.read([0, 1])).inputs]).toEqual([10, -2.5]);
      expect(dataset.warnings).toEqual([]);
    },
  );

  it.each([
    ...['0x10', '0b11', '0o7', 'Infinity', '-inf', '1_0', '-', '.', 'e1', '1e', '1.234,5'].map(
      (cell) => [cell, 'a finite number, with a decimal point; for a column of other values name'],
    ),
    ...['', 'nan', 'NA', '?', ' N/A '].map((cell) => [
      cell,
      "missing (--missing 'a=indicator', or",
    ]),
    ...['1,5', ',5', '-1,5e3'].map((cell) => [cell, 'give decimalComma: true (--decimal-comma)']),
    ...['2024-05-31', '5/31/2024', '31.5.24', '14:30', '2024-05-31T14:30:00Z', '3 May 2024'].map(
      (cell) => [cell, 'got a date or a time; write it as a number, as days since a day that is'],
    ),
    ...['May 3, 2024', '03-Jan-21'].map((cell) => [cell, 'got a date or a time; write']),
  ])('refuses the number %j, with the row and the remedy', async (cell, remedy) => {
    const asInput = await write('a.csv', `a;class\n1;0\n${cell};1\n`);
    const refused = loadDataset(asInput);
    await expect(refused).rejects.toThrow(`row 1, column a: `);
    await expect(refused).rejects.toThrow(remedy);
    const asClass = await write('b.csv', `a;class\n1;0\n2;${cell}\n`);
    await expect(loadDataset(asClass)).rejects.toThrow(
      'expected the index of a class, a whole number in decimal digits; name the',
    );
    const classNames = ['0', '16', '3', '7', '10', '1', '2', '-Infinity'];
    await expect(loadDataset(asClass, { classNames })).rejects.toThrow(
      'expected one of 0, 16, 3, 7, 10',
    );
  });

  it('uses the public facts in the sidecar file', async () => {
    const { privacyUnit, ...beside } = options;
    const path = await write('a.csv', text);
    await write('a.csv.json', JSON.stringify(beside));
    expect((await loadDataset(path, { privacyUnit })).inputShape).toEqual([3]);
  });

  it.each([
    [text, { ...options, categories: {} }, 'row 0, column colour: expected a finite number'],
    [
      text,
      { ...options, categories: { colour: ['red'] } },
      'row 1, column colour: expected one of red; add other values of the column to categories (--categories), or *',
    ],
    [
      text,
      { ...options, targets: 'label' },
      'expected a column label, got age, colour, person, class; name one of them as the class: targets (--targets)',
    ],
    [
      text,
      { ...options, classNames: ['no'] },
      'row 1, column class: expected one of no; the values of the column in the order of their indices are ' +
        'classNames (--class-names)',
    ],
    [
      text,
      { ...options, classNames: undefined },
      'row 0, column class: expected the index of a class, a whole number in decimal digits; name the values of other classes: ' +
        'classNames (--class-names no,yes)',
    ],
    [
      text,
      { ...options, categories: {} },
      'row 0, column colour: expected a finite number, with a decimal point; for a column of other values name these: categories',
    ],
    [text, { ...options, privacyUnit: 'name' }, 'name one of them as privacyUnit (--privacy-unit)'],
    [text, { ...options, categories: { ward: ['A'] } }, 'name one of them as categories'],
    [
      text,
      { ...options, categories: { ...options.categories, class: ['no', 'yes'] } },
      'column class: categories, standardization and missing apply to columns of inputs',
    ],
    [
      text,
      { ...options, categories: { colour: ['red', 'blue'], age: ['30'] } },
      'one of the first two',
    ],
    ['person,class\np,0\nq,1\n', { privacyUnit: 'person' }, 'expected a column of inputs beside'],
    [
      ',a,class\n0,1,0\n1,2,1\n',
      {},
      'column 1 has no name ("") and seems to number the rows; leave it out: drop ' +
        "(--drop ''); if it is no row number, give it a name, or standardization",
    ],
    ['Unnamed: 0,a,class\n0,1,0\n1,2,1\n', {}, 'column 1 has no name ("Unnamed: 0")'],
    ['a,class\n1e39,0\n1,1\n', {}, 'row 0, column a: expected a number within float32'],
    ['a,person,class\n1,p,0\n2,,1\n', { privacyUnit: 'person' }, 'row 1: expected the name of a'],
    ['a,class\n1,0\n2,0\n', {}, 'expected two classes or more, got 1 (0)'],
    ['a,class\n1,0\nNaN,0\n', {}, 'row 1, column a: the cell is missing'],
    ['a,class\n1,0\n1\n', {}, 'Invalid Record Length'],
    ['a,a,class\n1,1,0\n', {}, 'expected each column once'],
    ['a,class\n', {}, 'expected a header and rows'],
    [
      'a,class\n1,9007199254740993\n2,0\n',
      { classNames: ['0', '9007199254740992'] },
      'row 0, column class: expected one of 0, 9007199254740992; the values',
    ],
    [
      'a class\n1 0\n2 1\n',
      {},
      'expected two columns or more, separated by commas, semicolons, tabs or |, got one; name the separator: ' +
        'delimiter (--delimiter space, for example)',
    ],
    [
      '# by us, 2020\na,class\n1,0\n',
      {},
      '"header": true in the file beside the table; the first line is read as the header: if its #',
    ],
    ['a,class\n1,0.5\n', {}, 'row 0, column class: expected the index of a class, a whole number'],
    ['a,class\n1,-1\n', {}, 'row 0, column class: expected the index of a class, a whole number'],
    ['a,class\n1,70000\n', {}, /row 0: expected labels below 65536: are these classes\?/],
  ])('refuses %j with %j', async (content, changes, message) => {
    await expect(loadDataset(await write('a.csv', content), changes)).rejects.toThrow(message);
  });
});
