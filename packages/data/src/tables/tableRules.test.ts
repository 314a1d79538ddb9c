import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { csvTable } from './csvTable.ts';
import type { CsvOptions } from './tableOptions.ts';

const classNames = ['0', '1'];

/** Inputs of each row. */
async function rowsOf(text: string, options: CsvOptions = {}): Promise<number[][]> {
  const dataset = csvTable(text, 'f', { classNames, ...options });
  const { inputs } = await dataset.read(Array.from({ length: dataset.count }, (_, row) => row));
  const [width] = dataset.inputShape as [number];
  return Array.from({ length: dataset.count }, (_, row) => [
    ...inputs.subarray(row * width, (row + 1) * width),
  ]);
}

const refused = (text: string, options: CsvOptions = {}) =>
  expect(() => csvTable(text, 'f', { classNames, ...options }));

describe('missing cells', () => {
  const text = 'age,ward,class\n30,A,0\n,?,1\nNA, ,1\n';
  const categories = { ward: ['A', 'B'] };
  const standardization = { age: { mean: 40, deviation: 10 } };
  const options = { categories, standardization };

  it('are refused without a rule', () => {
    refused(text, options).toThrow(
      "f, row 1, column age: the cell is missing; give a rule for missing cells: missing (--missing 'age=indicator', " +
        'or a substitute), or leave the column out: drop (--drop); other columns with errors: ward (row 1: missing)',
    );
  });

  it('get an indicator, in all columns or in some', async () => {
    expect(await rowsOf(text, { ...options, missing: 'indicator' })).toEqual([
      [-1, 0, 1, 0, 0],
      [0, 1, 0, 0, 1],
      [0, 1, 0, 0, 1],
    ]);
    const missing = { '*': 'indicator', ward: 'B' } as const;
    expect((await rowsOf(text, { ...options, missing }))[1]).toEqual([0, 1, 0, 1]);
    const some = { age: 'indicator' } as const;
    refused(text, { ...options, missing: some }).toThrow('row 1, column ward: the cell is missing');
  });

  it('have an indicator even if none is missing, so that the inputs do not depend on it', async () => {
    const whole = 'age,ward,class\n30,A,0\n';
    const missing = 'indicator';
    expect(await rowsOf(whole, { ...options, missing })).toEqual([[-1, 0, 1, 0, 0]]);
  });

  it('get a substitute', async () => {
    const missing = { age: 50, ward: 'B' };
    expect(await rowsOf(text, { ...options, missing })).toEqual([
      [-1, 1, 0],
      [1, 0, 1],
      [1, 0, 1],
    ]);
  });

  it('are recognized by the given texts', async () => {
    const named = { standardization, missing: { age: 50 }, missingValues: ['999', '-'] };
    expect(await rowsOf('age,class\n999,0\n -,1\n30,1\n', named)).toEqual([[1], [1], [-1]]);
    refused('age,class\nNA,0\n', named).toThrow('row 0, column age: expected a finite number');
    // A category is not one of them.
    const known = { categories: { ward: ['?', 'A'] }, missing: { ward: 'A' } } as const;
    expect(await rowsOf('ward,class\n?,0\n,1\n', known)).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  it.each([
    [{ age: 'B' }, 'column age: expected missing to be refuse, indicator or a number, got "B"'],
    [{ ward: 'C' }, 'refuse, indicator or one of the categories, A, B, got "C"'],
    [{ ward: 1 }, 'or one of the categories, A, B, got 1'],
    [{ sex: 'f' }, 'expected a column sex, got age, ward, class; name one of them as missing'],
    [{ class: 0 }, 'column class: categories, standardization and missing apply to columns of'],
  ])('cannot have a rule such as %j', (missing, message) => {
    refused(text, { ...options, missing }).toThrow(message);
  });

  it('cannot have a rule that is also a category', () => {
    const ambiguous = { categories: { ward: ['refuse', 'A'] }, missing: { ward: 'refuse' } };
    refused('ward,class\n,0\n', ambiguous).toThrow('expected no category called refuse');
  });

  it('are refused for the class', () => {
    refused('a,class\n1,?\n').toThrow(
      'row 0, column class: the class is missing: leave the row out; expected one of 0, 1',
    );
  });
});

it('encodes each row independently of the others', async () => {
  const row = fc.tuple(
    fc.constantFrom('1', '-2.5', '', 'true', '?'),
    fc.constantFrom('A', 'B', 'C', '', 'a'),
    fc.constantFrom('0', '1', 'no.'),
  );
  const options: CsvOptions = {
    categories: { ward: ['A', 'B', '*'] },
    missing: { age: 'indicator', ward: 'B' },
    replace: { class: { 'no.': '0' }, ward: { a: 'A' } },
    targets: 'class',
  };
  const encode = (rows: readonly string[][]) =>
    rowsOf(['age,ward,class', ...rows.map((cells) => cells.join())].join('\n'), options);
  await fc.assert(
    fc.asyncProperty(row, fc.array(row, { minLength: 1, maxLength: 8 }), async (one, others) => {
      const [alone] = await encode([one]);
      const together = await encode([...others, one]);
      expect(together).toHaveLength(others.length + 1);
      expect(together.at(-1)).toEqual(alone);
    }),
    { seed: 2028, numRuns: 100 },
  );
});

describe('columns', () => {
  it('can be left out', async () => {
    const text = 'id,name,a,class\n1,x,2,0\n';
    const dropped = { drop: ['name', ' id '] };
    expect(csvTable(text, 'f', { classNames, ...dropped }).inputNames).toEqual(['a']);
    expect(await rowsOf(',a,class\n1,2,0\n', { drop: [''] })).toEqual([[2]]);
    refused(text, { drop: ['names'] }).toThrow('expected a column names, got id, name, a, class');
    refused(text, { drop: ['class'] }).toThrow('drop (--drop) cannot leave out the columns of the');
    refused(text, { drop: ['id', 'name', 'a'] }).toThrow(
      'expected a column of inputs beside id, name, a, class, which are the targets, the weight and the unit, or dropped',
    );
    const both = { drop: ['name'], categories: { name: ['x'] } };
    refused(text, both).toThrow(
      'column name: categories, standardization and missing apply to columns of',
    );
  });

  it('are numbered if there is no header, or named', async () => {
    const text = '5.1,A,1\n6,B,0\n';
    const numbered = {
      header: false,
      targets: 'column3',
      categories: { column2: ['A', 'B'] },
    };
    const named = {
      columns: ['size', 'ward', 'class'],
      categories: { ward: ['A', 'B'] },
    };
    for (const options of [numbered, named, { header: false, ...named }]) {
      expect(await rowsOf(text, options)).toEqual([
        [Math.fround(5.1), 1, 0],
        [6, 0, 1],
      ]);
    }
    refused(text, { columns: ['a', 'class'] }).toThrow(
      'expected a name for each of its 3 columns, got 2: columns (--columns)',
    );
    refused(text, { columns: ['a', 'a', 'class'] }).toThrow(
      'expected each column once, got one name for the columns 1 and 2; rename one',
    );
    refused(text, { ...named, header: true }).toThrow(
      'expected columns of a table without a header',
    );
  });

  it('rarely have numbers as names: a possible row is neither lost nor shown', async () => {
    refused('5.1,secret\n6,1\n', { targets: 'secret' }).toThrow(
      /^f: expected a header, got a first line with numbers; if there is no header, give header: false \(--no-header\)/,
    );
    refused('5.1,secret\n6,1\n').not.toThrow(/5\.1|secret/);
    // Many rows contain one number, or some that count up.
    for (const row of ['secret,22,no', '0,1,no', '7,8,9', '1,2,4']) {
      refused(`${row}\n${row}\n`).toThrow(/^f: expected a header, got a first line with numbers/);
      refused(`${row}\n${row}\n`).not.toThrow(/secret/);
    }
    refused('p,secret,secret\ne,x,y\n').not.toThrow(/secret/);
    const meant = { header: true, targets: '5.1' };
    expect(await rowsOf('5.1,7\n0,1\n', meant)).toEqual([[1]]);
    // As pandas numbers columns without names.
    expect(await rowsOf('0,1,2,class\n2,3,4,0\n')).toEqual([[2, 3, 4]]);
  });

  it('with errors are named together, each with its worst problem', () => {
    const text = 'a,b,c,d,class\n1,,x,2,0\n2,w,2024-01-31,3,0\n"1,5",,y,1e39,1\n';
    refused(text).toThrow(
      /^f, row 2, column a: .*--decimal-comma\); other columns with errors: b \(row 1: no number\), c \(row 0: no number\), d \(row 2: too great\)$/,
    );
  });
});

describe('cells', () => {
  it('may have decimal commas', async () => {
    const options = { decimalComma: true };
    const numbers = [[Math.fround(1.5)], [-2000], [Math.fround(0.25)]];
    expect(await rowsOf('a;class\n1,5;0\n-2e3;1\n,25;1\n', options)).toEqual(numbers);
    // The comma belongs to numbers and does not separate cells.
    expect(await rowsOf('a\tclass,x\n1,5\t0\n', { ...options, targets: 'class,x' })).toEqual([
      [1.5],
    ]);
    refused('a;class\n1.5;0\n', options).toThrow('in a table with decimal commas, and in no other');
  });

  it('may be true or false', async () => {
    expect(await rowsOf('a,class\nTrue,0\nfalse,1\nTRUE,1\n')).toEqual([[1], [0], [1]]);
  });

  it('may have other separators, if given', async () => {
    const named = { delimiter: '|', categories: { 'a,b': ['x;y'] } } as const;
    expect(await rowsOf('a,b|class\nx;y|0\n', named)).toEqual([[1]]);
    const blanks = { delimiter: ' ', categories: { b: ['x y', ''] } } as const;
    expect(await rowsOf('  a b\tclass\n1.5   "x y" 0 \n\n 2 "" 1\n', blanks)).toEqual([
      [1.5, 1, 0],
      [2, 0, 1],
    ]);
    refused('a b class\n1 x 0\n2 1\n', blanks).toThrow(
      'row 2 from the first line on: expected 3 cells separated by blanks, got 2',
    );
  });

  it('may have blanks before their quotes, other quotes, or none', async () => {
    const spaced = { categories: { a: ['x, y'] } };
    expect(await rowsOf('a, class\n "x, y" , "0"\n', spaced)).toEqual([[1]]);
    const single = { quote: "'", categories: { a: ['x, y', '"'] } };
    expect(await rowsOf("a,class\n'x, y',0\n\",1\n", single)).toEqual([
      [1, 0],
      [0, 1],
    ]);
    const none = { quote: '', categories: { a: ['5" disk'] } };
    expect(await rowsOf('a,class\n5" disk,0\n', none)).toEqual([[1]]);
  });

  it('may follow skipped lines, which are counted in line numbers', async () => {
    const text = 'by "us\r\n# 2020\r\na,class\r\n1,0\r\n';
    expect(await rowsOf(text, { skipLines: 2 })).toEqual([[1]]);
    refused(`${text}2\r\n`, { skipLines: 2 }).toThrow('expect 2, got 1 on line 5');
    refused(text, { skipLines: 9 }).toThrow('expected more than 9 lines, which skipLines');
  });

  it('may be replaced', async () => {
    const replace = { a: { ' none': '0', '': '7' }, class: { 'yes.': '1' } };
    const dataset = csvTable('a,class\nnone,yes.\n,0\n', 'f', { classNames, replace });
    const { inputs, targets } = await dataset.read([0, 1]);
    expect([[...inputs], [...targets]]).toEqual([
      [0, 7],
      [1, 0],
    ]);
    refused('a,class\n1,0\n', { replace: { b: {} } }).toThrow('expected a column b');
  });
});

describe('warnings', () => {
  const warningsOf = (text: string, options: CsvOptions = {}) =>
    csvTable(text, 'f', { classNames, ...options }).warnings;
  const counting = (start: number, step = 1) =>
    `a,class\n${[0, 1, 2, 3, 4].map((i) => `${start + step * i},${i % 2}`).join('\n')}`;

  it.each([
    ['Customer ID,class\n3,0\n1,1\n', 'Customer ID'],
    ['PassengerId,class\n3,0\n1,1\n', 'PassengerId'],
    ['id,class\n3,0\n1,1\n', 'id'],
    [counting(0), 'a'],
    [counting(100), 'a'],
  ])('name a column that numbers or names the rows: %j', (text, name) => {
    expect(warningsOf(text)).toEqual([
      expect.stringMatching(`^the column ${name} seems to name or number the rows`),
    ]);
    const meant = { standardization: { [name]: { mean: 0, deviation: 10 } } };
    expect(warningsOf(text, meant)?.join()).not.toMatch('seems to name');
    const beside = `b,${text.trimEnd().replaceAll('\n', '\n1,')}`;
    expect(warningsOf(beside, { drop: [name] })).toEqual([]);
  });

  it.each(['paid,class\n3,0\n1,1\n', 'width,class\n3,0\n1,1\n', counting(1, 2)])(
    'name no other column: %j',
    (text) => {
      expect(warningsOf(text)).toEqual([]);
    },
  );

  it('name columns with large inputs', () => {
    const text = 'a,b,c,class\n1,300,-21,0\n20,1,0,1\n';
    expect(warningsOf(text)).toEqual([expect.stringMatching(/^b, c: inputs beyond ±20/)]);
    const standardization = { b: { mean: 0, deviation: 100 }, c: { mean: 0, deviation: 2 } };
    expect(warningsOf(text, { standardization })).toEqual([]);
  });

  it('name facts that were taken from the rows', () => {
    expect(warningsOf('a,class\n1,0\n2,1\n', { fromValues: ['a'] })).toEqual([
      expect.stringMatching(/^outside the privacy guarantee: what is said of a was taken from/),
    ]);
  });
});
