import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readSidecar } from './sidecarFile.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dpquant-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The values read from a sidecar file. */
async function read(values: unknown) {
  const table = join(folder, 'a.csv');
  await writeFile(`${table}.json`, JSON.stringify(values));
  return readSidecar(table);
}

const whole = {
  targets: 'ill',
  classNames: ['no', 'yes'],
  privacyUnit: ['person', 'year'],
  categories: { ward: ['A', 'B'] },
  standardization: { age: { mean: 40, deviation: 10 } },
  weights: 'share',
  encoding: 'windows-1252',
};
const others = {
  greatestWeight: 12,
  drop: ['name', ''],
  missing: { '*': 'indicator', age: 40, ward: 'A' },
  missingValues: ['', '-'],
  replace: { ill: { 'no.': 'no' } },
  header: false,
  columns: ['age', 'ward', 'person', 'year', 'ill', 'name', ''],
  delimiter: '\t',
  decimalComma: true,
  quote: '',
  skipLines: 2,
  fromValues: ['ward'],
};
const names = Object.keys(whole) as (keyof typeof whole)[];
const allNames = [...names, ...Object.keys(others)];

describe('the fields of a sidecar file', () => {
  it('are read, one by one and together', async () => {
    expect(await read(whole)).toEqual(whole);
    for (const name of names)
      expect(await read({ [name]: whole[name] })).toEqual({ [name]: whole[name] });
    expect(await read({ ...whole, ...others })).toEqual({ ...whole, ...others });
    expect(await read({ missing: 'indicator' })).toEqual({ missing: 'indicator' });
    expect(await read({})).toEqual({});
    expect(await read({ targets: ['a', 'b'] })).toEqual({ targets: ['a', 'b'] });
    expect(await read({ privacyUnit: 'person, year' })).toEqual({
      privacyUnit: ['person', 'year'],
    });
  });

  it('are refused by name with a value of another type', async () => {
    const scalar = fc.oneof(fc.integer(), fc.double(), fc.boolean(), fc.constant(null));
    const otherTypes = fc.oneof(
      scalar,
      fc.array(scalar),
      fc.dictionary(fc.string(), scalar, { minKeys: 1 }),
      fc.constant(''),
    );
    const wrong = fc.asyncProperty(fc.constantFrom(...names), otherTypes, async (name, value) => {
      await expect(read({ ...whole, [name]: value })).rejects.toThrow(
        `a.csv.json, ${name}: expected `,
      );
    });
    await fc.assert(wrong, { seed: 20_26, numRuns: 300 });
  });

  it.each([
    ['targets', ['a', '']],
    ['weights', ''],
    ['greatestWeight', 0],
    ['greatestWeight', '1'],
    ['drop', 'name'],
    ['drop', [1]],
    ['missing', 'mean'],
    ['missing', { '*': 1 }],
    ['missing', { age: '' }],
    ['missing', { age: null }],
    ['missing', ['age']],
    ['missingValues', '?'],
    ['replace', { ill: 'no' }],
    ['replace', { ill: { no: 0 } }],
    ['header', 'no'],
    ['columns', []],
    ['columns', 'age'],
    ['delimiter', 'tab'],
    ['delimiter', ':'],
    ['decimalComma', 1],
    ['quote', "''"],
    ['skipLines', -1],
    ['skipLines', 0.5],
    ['fromValues', true],
  ])('are refused with an invalid entry: %s %j', async (name, value) => {
    await expect(read({ [name]: value })).rejects.toThrow(`a.csv.json, ${name}: expected `);
  });

  it('are refused with the invalid column', async () => {
    const categories = { ward: ['A'], sex: 'f,m' };
    await expect(read({ categories })).rejects.toThrow(/categories: .*; "sex" has something else$/);
    const standardization = { age: { mean: 1, deviation: 2 }, size: { mean: 1, deviation: '2' } };
    await expect(read({ standardization })).rejects.toThrow(/standardization: .*; "size" has some/);
    await expect(read({ categories: ['ward'] })).rejects.toThrow(/categories: [^;]*$/);
  });

  it('have no other names', async () => {
    const known =
      'targets, classNames, privacyUnit, weights, greatestWeight, drop, categories, standardization, missing, missingValues, replace, header, ' +
      'columns, delimiter, decimalComma, quote, skipLines, encoding, fromValues';
    const unknown = fc.string().filter((name) => !allNames.includes(name));
    const refused = fc.asyncProperty(unknown, async (name) => {
      await expect(read({ ...whole, [name]: 1 })).rejects.toThrow(
        `a.csv.json: ${JSON.stringify(name)} is not known; expected ${known}`,
      );
    });
    await fc.assert(refused, { seed: 20_27, numRuns: 100 });
  });
});
