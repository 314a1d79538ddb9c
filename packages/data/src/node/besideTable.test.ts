import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { besideTable } from './besideTable.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dpquant-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** What is read of the values beside a table. */
async function read(values: unknown) {
  const table = join(folder, 'a.csv');
  await writeFile(`${table}.json`, JSON.stringify(values));
  return besideTable(table);
}

const whole = {
  targets: 'ill',
  classNames: ['no', 'yes'],
  privacyUnit: ['person', 'year'],
  categories: { ward: ['A', 'B'] },
  standardization: { age: { mean: 40, deviation: 10 } },
  encoding: 'windows-1252',
};
const names = Object.keys(whole) as (keyof typeof whole)[];

describe('the fields of the file beside a table', () => {
  it('are read, each by itself and all together', async () => {
    expect(await read(whole)).toEqual(whole);
    for (const name of names)
      expect(await read({ [name]: whole[name] })).toEqual({ [name]: whole[name] });
    expect(await read({})).toEqual({});
    expect(await read({ privacyUnit: 'person, year' })).toEqual({
      privacyUnit: ['person', 'year'],
    });
  });

  it('are refused by name with any value of another type', async () => {
    const scalar = fc.oneof(fc.integer(), fc.double(), fc.boolean(), fc.constant(null));
    const others = fc.oneof(
      scalar,
      fc.array(scalar),
      fc.dictionary(fc.string(), scalar, { minKeys: 1 }),
      fc.constant(''),
    );
    const wrong = fc.asyncProperty(fc.constantFrom(...names), others, async (name, value) => {
      await expect(read({ ...whole, [name]: value })).rejects.toThrow(
        `a.csv.json, ${name}: expected `,
      );
    });
    await fc.assert(wrong, { seed: 20_26, numRuns: 300 });
  });

  it('are refused with the column that is wrong', async () => {
    const categories = { ward: ['A'], sex: 'f,m' };
    await expect(read({ categories })).rejects.toThrow(/categories: .*; "sex" has something else$/);
    const standardization = { age: { mean: 1, deviation: 2 }, size: { mean: 1, deviation: '2' } };
    await expect(read({ standardization })).rejects.toThrow(/standardization: .*; "size" has some/);
    await expect(read({ categories: ['ward'] })).rejects.toThrow(/categories: [^;]*$/);
  });

  it('are all that there may be', async () => {
    const unknown = fc.string().filter((name) => !(names as string[]).includes(name));
    const refused = fc.asyncProperty(unknown, async (name) => {
      await expect(read({ ...whole, [name]: 1 })).rejects.toThrow(
        `a.csv.json: ${JSON.stringify(name)} is not known; expected ${names.join(', ')}`,
      );
    });
    await fc.assert(refused, { seed: 20_27, numRuns: 100 });
  });
});
