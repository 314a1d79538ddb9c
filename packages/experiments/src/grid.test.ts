import { describe, expect, it } from '@jest/globals';
import { cellsOf } from './cells.ts';
import { product, unique } from './grid.ts';
import { namedRow } from './namedRow.ts';
import type { Settings } from './settings.ts';

const axis = (name: string, ...values: (string | number)[]) =>
  values.map((value) => ({ [name]: value }));

describe('product', () => {
  it('combines every choice with every other, the last axis fastest', () => {
    const rows = product([axis('policy', 'static', 'loss-aware'), axis('format', 'int8', 'int4')]);
    expect(rows.map((row) => Object.values(row).join())).toEqual([
      'static,int8',
      'static,int4',
      'loss-aware,int8',
      'loss-aware,int4',
    ]);
  });

  it('has one row for combinations that differ only in settings without effect', () => {
    const effective = ({ format, ...rest }: Settings) =>
      rest['policy'] === 'full' ? rest : { ...rest, format: format! };
    const rows = product(
      [axis('policy', 'full', 'static'), axis('format', 'int8', 'int4')],
      effective,
    );
    expect(rows).toEqual([
      { policy: 'full' },
      { policy: 'static', format: 'int8' },
      { policy: 'static', format: 'int4' },
    ]);
  });

  it('is one empty row without axes', () => {
    expect(product([])).toEqual([{}]);
  });
});

it('ignores the order of settings when it compares rows', () => {
  expect(unique([{ a: 1, b: 2 }, { b: 2, a: 1 }, { a: 1 }])).toEqual([{ a: 1, b: 2 }, { a: 1 }]);
});

describe('names of rows', () => {
  it.each<[Settings, string, string]>([
    [
      { policy: 'loss-aware', 'quantized-fraction': 0.75, format: 'luq-fp4' },
      'loss-aware-0.75-luq-fp4',
      'loss-aware 0.75 luq-fp4',
    ],
    [{ policy: 'full', privacy: false }, 'full-no-privacy', 'full no privacy'],
    [{ epsilon: 3, policy: 'full' }, 'full-epsilon-3', 'full epsilon 3'],
    [{ policy: '../mine/growing.js' }, 'growing.js', 'growing.js'],
    [{ data: '../..', policy: 'a b' }, 'a-b-data-..', 'a b data ..'],
    [{}, 'run', 'run'],
  ])('%j is %s', (settings, row, label) => {
    expect(namedRow(settings)).toEqual({ row, label, settings });
  });

  it('differ from names that are taken', () => {
    const taken = new Set(['full', 'full-2']);
    expect(namedRow({ policy: 'full' }, taken).row).toBe('full-3');
  });

  it('leave room in a file name for what is added', () => {
    const settings = { policy: `${'a'.repeat(300)}.js` };
    const { row } = namedRow(settings);
    expect(row).toHaveLength(150);
    expect(namedRow(settings, new Set([row])).row).toBe(`${row}-2`);
  });
});

describe('cells', () => {
  const rows = [namedRow({ policy: 'full' }), namedRow({ policy: 'static' })];
  const names = (subsets: number, seeds = [1, 2]) =>
    cellsOf(rows, {
      seeds,
      subsetsOf: ({ settings }) => (settings['policy'] === 'static' ? subsets : 1),
    }).map(({ cell }) => cell);

  it('are ordered by seed, then by row', () => {
    expect(names(1)).toEqual(['full-seed1', 'static-seed1', 'full-seed2', 'static-seed2']);
  });

  it('keep their names when seeds and subsets are added', () => {
    const more = names(3, [1, 2, 5]);
    expect(more).toEqual(expect.arrayContaining(names(1)));
    expect(more).toHaveLength(3 * 4);
    expect(more).toContain('static-seed5-subset3');
  });
});
