import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DataError } from './formats/dataError.ts';
import { unitsByValue } from './unitsByValue.ts';
import { spelledNumber, unitName } from './unitName.ts';

const composed = 'Ren\u00e9 M\u00fcller';
const decomposed = 'Rene\u0301 Mu\u0308ller';

describe('a unit has one name', () => {
  it.each([
    ['blanks around it', 'p1 ', 'p1'],
    ['tabs, line ends and other white space', '\tp1\u00a0\u3000\r\n', 'p1'],
    ['white space within', 'Ann \t  Lee', 'Ann Lee'],
    ['decomposed letters', decomposed, composed],
    ['marks that are not seen', '\ufeffp\u200b1\u00ad', 'p1'],
    ['a mark between a letter and its accent', 'Rene\u200b\u0301', 'Ren\u00e9'],
    ['control characters', 'p1\0', 'p1'],
  ])('independent of %s', (_, text, name) => {
    expect(unitName(text)).toBe(name);
    const units = unitsByValue([[text, name, 'other']], 3);
    expect([units.count, units.rowsOf(0)]).toEqual([2, [0, 1]]);
  });

  it('and others keep theirs: case, look-alikes, blanks within', () => {
    const names = ['ann', 'Ann', '\uff41nn', 'a nn', '\u0430nn'];
    expect(unitsByValue([names], names.length).count).toBe(names.length);
  });

  it('that is unchanged by unitName', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const name = unitName(text);
        expect(unitName(name)).toBe(name);
        expect(unitName(` ${text.normalize('NFD')} `)).toBe(name);
      }),
      { numRuns: 500 },
    );
  });

  it('and the id of that name', () => {
    const [one, other] = [composed, `${decomposed} `].map((name) => unitsByValue([[name]], 1));
    expect(one!.idOf!(0)).toBe(other!.idOf!(0));
  });
});

describe('numbers', () => {
  it.each([
    ['1', '01'],
    ['1', '1.0'],
    ['1', '+1'],
    ['1', '1.'],
    ['.5', '0.50'],
    ['0', '-0'],
    ['12345678901234567890', '12345678901234567890.0'],
  ])('spelled as %s and %s are refused, not guessed', (one, other) => {
    expect(spelledNumber(one)).toBe(spelledNumber(other));
    expect(() => unitsByValue([['p', one, one, other]], 4, 'f, column id')).toThrow(
      'f, column id, rows 1 and 3: expected one spelling of a number',
    );
  });

  it('that differ, and names with digits, are accepted', () => {
    const names = ['1', '2', '-1', '10', '0.1', '12345678901234567890', '12345678901234567891'];
    const others = ['1e3', '0x10', 'p1', 'p01', '1-1', '.', '1.1.1'];
    expect(unitsByValue([[...names, ...others]], 14).count).toBe(14);
    // Each column is checked separately.
    expect(
      unitsByValue(
        [
          ['1', '2'],
          ['01', '02'],
        ],
        2,
      ).count,
    ).toBe(2);
  });

  it('of arrays are compared as numbers', () => {
    expect(unitsByValue([Float64Array.of(0, -0, 1, 1)], 4).count).toBe(2);
  });
});

it('refuses a unit without a name', () => {
  expect(() => unitsByValue([['a', ' \ufeff']], 2, 'f')).toThrow(DataError);
  expect(() => unitsByValue([['a', ' \ufeff']], 2, 'f')).toThrow(
    'f, row 1: expected the name of a privacy unit, got an empty one; name it, or leave the row out',
  );
  expect(unitsByValue([['a', ''], ['b', 'c']], 2).count).toBe(2); // prettier-ignore
});

it('keeps columns separate, whatever characters their values contain', () => {
  for (const sign of ['|', ',', '"', '\\', "'", '","']) {
    const columns = [
      [`a${sign}b`, 'a', `a${sign}`],
      ['c', `b${sign}c`, `b${sign}c`],
    ];
    const units = unitsByValue(columns, 3);
    expect([sign, units.count]).toEqual([sign, 3]);
    expect(new Set([0, 1, 2].map((unit) => units.idOf!(unit))).size).toBe(3);
  }
});
