import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { gzipSync, strToU8 } from 'fflate';
import { tableRows } from '../tables/tableRows.ts';
import { decodedPieces, decodeText } from './decodeText.ts';
import { eachRowOfPieces } from './eachRowOfPieces.ts';
import { loadDataset } from './loadDataset.ts';
import { loadNumbers } from './loadDataset.ts';

jest.setTimeout(30_000);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dpquant-tables-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function written(name: string, content: string | Uint8Array) {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

/** Rows of a text in pieces, or the error message. */
async function rowsOf(pieces: readonly string[], options = {}) {
  const rows: string[][] = [];
  await eachRowOfPieces(pieces, 'f', options, (cells) => rows.push(cells));
  return rows;
}

const messageOf = (error: unknown) => (error as Error).message;

describe('a text in pieces', () => {
  it('has the same rows, or the same error, as the whole text', async () => {
    const part = fc.constantFrom('a', 'é', '€', ',', '\n', '\r\n', '\r', '"', '""', ' ', ';', '1');
    const text = fc.array(part, { maxLength: 30 }).map((parts) => `a,b\n${parts.join('')}`);
    const cuts = fc.array(fc.nat(40), { maxLength: 4 });
    const form = fc.constantFrom(
      {},
      { delimiter: ' ' as const },
      { skipLines: 1, delimiter: ',' as const },
    );
    const law = fc.asyncProperty(text, cuts, form, async (text, cuts, options) => {
      const places = [0, ...cuts.sort((a, b) => a - b), text.length];
      const pieces = places.slice(1).map((end, i) => text.slice(places[i], end));
      let expected: unknown;
      try {
        expected = tableRows(text, 'f', options);
      } catch (error) {
        expected = messageOf(error);
      }
      expect(await rowsOf(pieces, options).catch(messageOf)).toEqual(expected);
    });
    await fc.assert(law, { seed: 20_30, numRuns: 400 });
  });

  it('throws the error of the visitor', async () => {
    const wrong = eachRowOfPieces(['a,b\n1,', '2\n'], 'f', {}, () => {
      throw new RangeError('no such row');
    });
    await expect(wrong).rejects.toThrow(RangeError);
  });

  it('is decoded like the whole, wherever bytes are cut', () => {
    const bytes = strToU8('\ufeffa€é😀\r\n');
    const cut = fc.property(fc.nat(bytes.length), fc.nat(bytes.length), (one, other) => {
      const [first, second] = [Math.max(3, Math.min(one, other)), Math.max(3, one, other)];
      const pieces = [bytes.slice(0, first), bytes.slice(first, second), bytes.slice(second)];
      expect([...decodedPieces(pieces, () => bytes, 'f')].join('')).toBe(decodeText(bytes, 'f'));
    });
    fc.assert(cut, { seed: 20_31, numRuns: 60 });
    expect([...decodedPieces([], () => bytes, 'f')]).toEqual([]);
  });

  it('reports the place of invalid bytes', () => {
    const bytes = Uint8Array.of(0x61, 0x62, 0xc3, 0xa9, 0xff, 0x61);
    const inTwo = [bytes.slice(0, 3), bytes.slice(3)];
    expect(() => [...decodedPieces(inTwo, () => bytes, 'f')]).toThrow(
      /^f, offset 4: expected text in utf-8/,
    );
    const unfinished = bytes.slice(0, 3);
    expect(() => [...decodedPieces([unfinished], () => unfinished, 'f')]).toThrow('f, offset 2');
    const zero = Uint8Array.of(0x61, 0x62, 0, 0x61);
    expect(() => [...decodedPieces([zero.slice(0, 1), zero.slice(1)], () => zero, 'f')]).toThrow(
      'got a zero as character 2',
    );
  });
});

describe('a table of several pieces', () => {
  /** More than 4 MiB, the size of a piece, with a two-byte letter and blanks in each row. */
  const count = 250_000;
  const text = `a,ward,price\n${Array.from({ length: count }, (_, i) => `${i % 17},ä${i % 2},          ${i % 5}\n`).join('')}`;
  const options = { categories: { ward: ['ä0', 'ä1'] } };

  it('is read completely, compressed or not', async () => {
    expect(strToU8(text).length).toBeGreaterThan(2 ** 22);
    for (const content of [text, gzipSync(strToU8(text))]) {
      const path = await written(`homes.csv${typeof content === 'string' ? '' : '.gz'}`, content);
      const dataset = await loadNumbers(path, { ...options, targets: 'price' });
      expect(dataset).toMatchObject({ count, targetShape: [], inputShape: [3] });
      const rows = [0, 150_001, 200_000, count - 1];
      const { inputs, targets } = await dataset.read(rows);
      expect([...inputs]).toEqual(rows.flatMap((i) => [i % 17, 1 - (i % 2), i % 2]));
      expect([...targets]).toEqual(rows.map((i) => i % 5));
    }
  });

  it('names the last row if it is invalid', async () => {
    const path = await written('homes.csv', `${text}x,ä0,1\n`);
    const classes = { ...options, targets: 'price', classNames: ['0', '1', '2', '3', '4'] };
    await expect(loadDataset(path, classes)).rejects.toThrow(`row ${count}, column a: expected a`);
    const short = await written('homes.csv', `${text}1,ä0\n`);
    await expect(loadDataset(short, classes)).rejects.toThrow(
      `Invalid Record Length: expect 3, got 2 on line ${count + 2}`,
    );
  });
});

describe('numeric targets in a file', () => {
  it('are columns, which the sidecar file may name', async () => {
    const path = await written('air.csv', 'hour,no2,pm10\n1,40,20\n2,60,30\n');
    const standardization = {
      no2: { mean: 50, deviation: 10 },
      hour: { mean: 12, deviation: 6 },
    };
    const beside = { targets: ['no2', 'pm10'], standardization };
    await writeFile(`${path}.json`, JSON.stringify(beside));
    const both = await loadNumbers(path);
    expect(both).toMatchObject({ inputNames: ['hour'], classNames: ['no2', 'pm10'] });
    expect([...(await both.read([0, 1])).targets]).toEqual([-1, 20, 1, 30]);
    const given = { weights: 'pm10', greatestWeight: 30, targets: 'no2' };
    const one = await loadNumbers(path, given);
    expect(one).toMatchObject({ inputNames: ['hour'], classNames: ['no2'], greatestWeight: 30 });
    const { targets, weights } = await one.read([0, 1]);
    expect([[...targets], [...weights!]]).toEqual([
      [-1, 1],
      [20, 30],
    ]);
  });

  it('are not supported for other kinds of files', async () => {
    const path = await written('x.npy', '');
    await expect(loadNumbers(path)).rejects.toThrow(
      'targets that are numbers are read from .npz and from tables, this is npy',
    );
    const table = await written('a.csv', 'a,target\n1,2\n');
    await expect(loadNumbers(table, { inputs: 'a' })).rejects.toThrow('inputs is for npz');
  });
});

describe('the sidecar file of a compressed table', () => {
  const text = 'a,ill\n1,no\n2,yes\n';
  const beside = JSON.stringify({ targets: 'ill', classNames: ['no', 'yes'] });

  it('may be that of the decompressed one', async () => {
    const path = await written('visits.csv.gz', gzipSync(strToU8(text)));
    await written('visits.csv.json', beside);
    expect((await loadDataset(path)).classNames).toEqual(['no', 'yes']);
    await written('visits.csv.gz.json', beside.replace('no', 'No'));
    await expect(loadDataset(path)).rejects.toThrow('expected one of No, yes');
  });
});
