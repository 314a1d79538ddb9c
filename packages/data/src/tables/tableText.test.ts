import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { tableRows } from './tableRows.ts';
import { decodeText } from '../node/decodeText.ts';
import { loadDataset } from '../node/loadDataset.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dpquant-csv-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(name: string, content: Uint8Array | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const people = ['Jos\u00e9', 'Jos\u00e8', 'Ren\u00e9', 'Ren\u00e8'];
const table = ['age,person,class', ...people.map((name, i) => `${i},${name},${i % 2}`)].join('\n');
const latin1 = Uint8Array.from(table, (letter) => letter.charCodeAt(0));
const utf16 = (isLittle: boolean) => {
  const bytes = new Uint8Array(2 * table.length + 2);
  const view = new DataView(bytes.buffer);
  [0xfeff, ...Array.from(table, (letter) => letter.charCodeAt(0))].forEach((code, i) => {
    view.setUint16(2 * i, code, isLittle);
  });
  return bytes;
};
const unit = { privacyUnit: 'person' };

describe('people whose names have accents', () => {
  it('are refused without the encoding, and distinguished with it', async () => {
    const path = await write('a.csv', latin1);
    await expect(loadDataset(path, unit)).rejects.toThrow(
      `a.csv, offset ${table.indexOf('\u00e9')}: expected text in utf-8; name the encoding that the file was ` +
        'saved in (--encoding windows-1252, for example), or save it in UTF-8',
    );
    const read = await loadDataset(path, { ...unit, encoding: 'latin1' });
    expect(read.privacyUnits.count).toBe(4);
    await write('a.csv.json', '{"encoding": "latin1", "privacyUnit": "person"}');
    expect((await loadDataset(path)).privacyUnits.count).toBe(4);
  });

  it.each([
    ['UTF-8', new TextEncoder().encode(table)],
    ['UTF-8 with its mark', new TextEncoder().encode(`\ufeff${table}`)],
    ['UTF-16, little-endian', utf16(true)],
    ['UTF-16, big-endian', utf16(false)],
  ])('are read in %s', async (_, bytes) => {
    const read = await loadDataset(await write('a.csv', bytes), unit);
    const { inputs } = await read.read([0, 1, 2, 3]);
    expect([read.privacyUnits.count, ...inputs]).toEqual([4, 0, 1, 2, 3]);
  });

  it('are the same, composed or not, with or without blanks', async () => {
    const names = ['Jos\u00e9', 'Jose\u0301', ' Jos\u00e9', 'Jos\u00e9 '];
    const lines = names.map((name, i) => `${i},${name},${i % 2}`);
    const path = await write('a.csv', ['age, person ,class', ...lines].join('\r\n'));
    expect((await loadDataset(path, unit)).privacyUnits.count).toBe(1);
  });
});

describe('text', () => {
  const encode = (text: string) => new TextEncoder().encode(text);

  it.each([
    [
      'a zero',
      encode('a\0b'),
      undefined,
      'a zero as character 1; is it UTF-16 (--encoding utf-16le',
    ],
    ['UTF-16 without its mark', utf16(true).slice(2), undefined, /offset \d+: expected|a zero as/],
    [
      'a mark of another encoding',
      encode('\ufeffa'),
      'latin1',
      'mark of utf-8, not of windows-1252',
    ],
    ['an unknown encoding', encode('a'), 'klingon', 'encoding "klingon": expected a name as utf-8'],
    ['half a character', Uint8Array.of(65, 0xc3), undefined, 'offset 1: expected text in utf-8'],
    ['half of UTF-16', Uint8Array.of(65, 0, 66), 'utf-16le', 'offset 2: expected text in utf-16le'],
  ])('is refused: %s', (_, bytes, encoding, message) => {
    expect(() => decodeText(bytes, 'f', encoding)).toThrow(message);
  });

  it('reports the place of an error far into a file', () => {
    // Three-byte characters cross the borders of the pieces that are searched.
    const good = encode('\u20ac'.repeat(50_000));
    const bytes = new Uint8Array(good.length + 2);
    bytes.set(good);
    bytes.set([0xff, 65], good.length);
    expect(() => decodeText(bytes, 'f')).toThrow(`f, offset ${good.length}: `);
  });
});

describe('a compressed table', () => {
  const pack = (text: string) => gzipSync(text);

  it('contains all its members', async () => {
    const [first, second] = [pack('age,class\n1,0\n'), pack('2,1\n')];
    const path = await write('a.csv.gz', Buffer.concat([first, second, second]));
    const { inputs } = await (await loadDataset(path)).read([0, 1, 2]);
    expect([...inputs]).toEqual([1, 2, 2]);
  });

  it.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, -3)],
    ['of another checksum', (bytes: Buffer) => bytes.fill(1, bytes.length - 8, bytes.length - 4)],
    ['with something else behind it', (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(8)])],
  ])('is refused %s', async (_, change) => {
    const path = await write('a.csv.gz', change(pack('age,class\n1,0\n2,1\n')));
    await expect(loadDataset(path)).rejects.toThrow(
      /a\.csv\.gz.*: expected (an undamaged|the end)/,
    );
  });
});

describe('lines', () => {
  it.each([
    ['CRLF after LF', ['\n', '\r\n']],
    ['LF after CRLF', ['\r\n', '\n']],
    ['CR', ['\r', '\r']],
    ['all three', ['\r', '\n', '\r\n']],
  ])('end one by one: %s', async (_, ends) => {
    const lines = ['age,person,class'];
    for (let i = 0; i < 60; i++) lines.push(`${i},p${i % 30},${i % 2}`);
    const text = lines.map((line, i) => line + ends[i % ends.length]!).join('');
    for (const last of [text, text.trimEnd()]) {
      const read = await loadDataset(await write('a.csv', last), unit);
      expect([read.count, read.privacyUnits.count]).toEqual([60, 30]);
    }
    const byClass = text.replaceAll(',', ';').replace('age;person;class', 'age;class;person');
    expect(tableRows(byClass, 'f').map((row) => row.length)).toEqual(lines.map(() => 3));
  });

  it("may be part of a quoted cell, and only the header's separators outside of quotes count", () => {
    expect(tableRows('"a;b",class\r\n"1\r\n2",0\n', 'f')).toEqual([
      ['a;b', 'class'],
      ['1\r\n2', '0'],
    ]);
  });

  it.each([
    ['a;b\n1;2,3\n', ['a', 'b']],
    ['a\tb c\n1\t2\n', ['a', 'b c']],
    ['a|b\n1|2\n', ['a', 'b']],
    ['a\n1\n', ['a']],
    ['"age (y;m)",b,class\n1,2,0\n', ['age (y;m)', 'b', 'class']],
    ['\n\r\na;b\n1;2\n', ['a', 'b']],
  ])("have cells between the header's separators: %j", (text, header) => {
    expect(tableRows(text, 'f')[0]).toEqual(header);
  });

  it('are separated by public facts only: no row changes how others are read', () => {
    for (const row of ['1,2', '1;2', '1;2,3', '']) {
      // If the header has two separators, a row could decide between them.
      expect(() => tableRows(`a;b,c\n${row}\n`, 'f')).toThrow(
        'f: expected one separator in the first line, got semicolon and comma; choose the one that separates cells: ' +
          'delimiter (--delimiter semicolon, for example)',
      );
      expect(() => tableRows(`a|b\n${row}\n`, 'f', { limit: 1 })).not.toThrow();
    }
    expect(tableRows('a;b,c\n1;2,3\n', 'f', { delimiter: ';' })[1]).toEqual(['1', '2,3']);
    // The first line of a table without a header is a row.
    expect(tableRows('1;2,3\n', 'f', { header: false })).toEqual([['1;2', '3']]);
    expect(tableRows('1;2,3\n', 'f', { header: false, delimiter: ';' })).toEqual([['1', '2,3']]);
  });

  it.each([',', 'e', '0', '\n'])('cannot have the quote character %j', (quote) => {
    expect(() => tableRows('a,b\n1,2\n', 'f', { quote })).toThrow(
      'f: the quote character cannot be a letter, a digit, a blank or the separator',
    );
  });

  it.each([
    [
      'a,class\n1,0\n2\n',
      'f: Invalid Record Length: expect 2, got 1 on line 3; each row has as many cells as the header: add ' +
        'what is missing, and put a cell with a separator in it within quotes',
    ],
    [
      'a,class\n1,"secret\n',
      'f: Quote Not Closed: one that begins after 1 whole rows, the header among them; add the quote that ends',
    ],
    ['a,class\n1,se"cret"\n', 'f: Invalid Opening Quote: a quote is found on field 1 at line 2'],
    [
      'a,class\n1,"a"secret\n',
      /^f: Invalid Closing Quote: found at line 2.*; a separator or the end of the line follows a quote/,
    ],
    [
      '# by us\na,class\n1,0\n',
      'f: Invalid Record Length: expect 1, got 2 on line 2; the first line is read as the header: if its # ' +
        'begins a comment, pass over the lines above the header: skipLines (--skip-lines 1)',
    ],
  ])('with errors are named without their cells: %j', (text, message) => {
    expect(() => tableRows(text, 'f')).toThrow(message);
    expect(() => tableRows(text, 'f')).not.toThrow(/secret|"/);
  });
});

describe('the sidecar file', () => {
  const visits = 'age,person,class\n1,p,0\n2,p,1\n3,q,0\n';
  const load = async (beside: unknown, options = {}) => {
    const text = typeof beside === 'string' ? beside : JSON.stringify(beside);
    await write('a.csv.json', text);
    return loadDataset(await write('a.csv', visits), options);
  };

  it('names the privacy unit', async () => {
    const byPerson = await load({ privacyUnit: 'person' });
    expect([byPerson.privacyUnits.count, byPerson.privacyUnits.name]).toEqual([2, 'person']);
    const byBoth = await load({ privacyUnit: ['person', 'class'] });
    expect([byBoth.privacyUnits.count, byBoth.privacyUnits.name]).toEqual([3, 'person,class']);
    const given = await load({ privacyUnit: 'person, class' }, { privacyUnit: 'person' });
    expect([given.privacyUnits.count, given.privacyUnits.name]).toEqual([2, 'person']);
  });

  it.each([
    [
      { privacyunit: 'person' },
      '"privacyunit" is not known; expected targets, classNames, privacyUnit',
    ],
    [{ privacyUnit: 1 }, 'a.csv.json, privacyUnit: expected the name of a column, or a list'],
    [{ privacyUnit: [] }, 'privacyUnit: expected the name'],
    [{ privacyUnit: ['a,b'] }, 'privacyUnit: expected the name'],
    [{ privacyUnit: '' }, 'privacyUnit: expected the name'],
    [{ privacyUnit: null }, 'privacyUnit: expected the name'],
    [{ classNames: [0, 1] }, 'classNames: expected a list of texts, as ["no", "yes"]'],
    [{ classNames: 'no,yes' }, 'classNames: expected a list'],
    [{ targets: [] }, 'targets: expected the name of a column'],
    [{ encoding: 1 }, 'encoding: expected the name of an encoding'],
    [{ categories: { age: '1,2' } }, 'categories: expected a list of texts for each column'],
    [{ categories: ['age'] }, 'categories: expected a list of texts for each column'],
    [{ standardization: { age: [1, 2] } }, 'standardization: expected numbers for each column'],
    [{ standardization: { age: { mean: 1 } } }, 'standardization: expected numbers'],
    [{ standardization: { age: { mean: 1, deviation: '2' } } }, 'standardization: expected'],
    [{ standardization: { age: { mean: 1, deviation: 2, std: 2 } } }, 'standardization: expected'],
    [[], 'a.csv.json: expected an object'],
    ['{', 'a.csv.json: expected JSON'],
  ])('is refused with %j', async (beside, message) => {
    await expect(load(beside)).rejects.toThrow(message);
  });

  it('is not ignored if it cannot be read', async () => {
    const path = await write('a.csv', visits);
    await symlink(join(folder, 'none'), `${path}.json`);
    await expect(loadDataset(path)).rejects.toThrow('a.csv.json: there is no such file');
  });
});
