import { describe, expect, it } from '@jest/globals';
import { zipSync } from 'fflate';
import { bytesOf, npyFile } from '../testing/files.ts';
import { parseNpyColumn } from './npyText.ts';
import { npzDataset } from './npz.ts';

/** Texts as NumPy stores them: four bytes per character, padded with zeros. */
function unicode(texts: readonly string[], length: number): Uint8Array {
  const codes = new Uint32Array(texts.length * length);
  texts.forEach((text, row) => {
    [...text].forEach((letter, i) => {
      codes[row * length + i] = letter.codePointAt(0)!;
    });
  });
  return npyFile(`<U${length}`, [texts.length], bytesOf(codes));
}

const names = ['Ren\u00e9', 'Rene\u0301 ', 'a\u{1f600}b', ''];

describe('an array of texts', () => {
  it('is read: dtype U', () => {
    expect(parseNpyColumn(unicode(names, 6), 'f')).toEqual({ shape: [4], values: names });
  });

  it('is read: dtype S', () => {
    const bytes = Uint8Array.from('abcd\0\0', (letter) => letter.charCodeAt(0));
    expect(parseNpyColumn(npyFile('|S3', [2], bytes), 'f').values).toEqual(['abc', 'd']);
  });

  it('may also be an array of numbers', () => {
    expect(parseNpyColumn(npyFile('|u1', [2], Uint8Array.of(1, 2)), 'f').values).toEqual(
      Uint8Array.of(1, 2),
    );
  });

  it.each([
    [npyFile('|S1', [1], Uint8Array.of(0xe9)), 'row 0: expected ASCII characters, got 233; save numpy.char.decode'], // prettier-ignore
    [npyFile('<U1', [1], Uint8Array.of(0, 0, 0x11, 0)), 'row 0: expected Unicode characters, got 1114112'], // prettier-ignore
    [npyFile('<U2', [1], new Uint8Array(4)), 'expected 8 bytes for the shape [1] of <U2, got 4'],
    [npyFile('<U0', [1_000_000], new Uint8Array()), 'dtype "<U0": expected bool, int'],
    [npyFile('<c8', [1], new Uint8Array(8)), "to 64; save array.astype('float32'), or 'int64'"],
    [npyFile('|O', [1], new Uint8Array(4)), "dtype \"|O\": expected bool, int, uint of 8 to 64 bits or float of 16 to 64; save the index of each text in your list of classes"], // prettier-ignore
  ])('is refused: %#', (bytes, message) => {
    expect(() => parseNpyColumn(bytes, 'f')).toThrow(message);
  });
});

it('names the people of an archive, one unit each', () => {
  const person = ['Ren\u00e9', 'Rene\u0301', ' Ren\u00e9', 'Ann'];
  for (const level of [0, 6] as const) {
    const archive = zipSync(
      {
        'x.npy': npyFile('|u1', [4, 1], Uint8Array.of(1, 2, 3, 4)),
        'y.npy': npyFile('|u1', [4], Uint8Array.of(0, 1, 0, 1)),
        'person.npy': unicode(person, 6),
        'odd.npy': unicode(['1', '01', '2', '3'], 3),
        'wide.npy': npyFile('|u1', [4, 2], new Uint8Array(8)),
        'column.npy': npyFile('|u1', [4, 1], Uint8Array.of(7, 8, 7, 8)),
      },
      { level },
    );
    const unitsOf = (name: string) =>
      npzDataset(archive, { file: 'f', privacyUnit: [name] }).privacyUnits;
    expect([unitsOf('person').count, unitsOf('person').name]).toEqual([2, 'person']);
    expect(() => unitsOf('odd')).toThrow('f, odd, rows 0 and 1: expected one spelling of a number');
    expect(() => unitsOf('wide')).toThrow(
      'f, wide: expected [4], got [4, 2]; each row of the inputs',
    );
    expect(unitsOf('column').count).toBe(2);
    expect(() => unitsOf('none')).toThrow(
      'f: expected an array none, got x, y, person, odd, wide, column; name one of them as privacyUnit (--privacy-unit)',
    );
  }
});
