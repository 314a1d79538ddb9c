import { expect, it } from '@jest/globals';
import type { ComparedRow, ComparedRun } from '@dpquant/report';
import { cellsOf } from './cells.ts';
import { differingShared, extended } from './extension.ts';
import { namedRow } from './namedRow.ts';

it('names the setting that differs, with both values', () => {
  const before = { shared: { epochs: 4, threads: 1 }, splitSeed: 1 };
  const differing = (shared: Record<string, number>, splitSeed = 1) =>
    differingShared(before, { shared, splitSeed }, new Set(['threads']));
  expect(differing({ epochs: 4, threads: 8 })).toBeNull();
  expect(differing({ epochs: 5 })).toEqual({ name: 'epochs', before: 4, now: 5 });
  expect(differing({})).toEqual({ name: 'epochs', before: 4, now: undefined });
  expect(differing({ epochs: 4, 'batch-size': 9 })).toMatchObject({ name: 'batch-size' });
  expect(differing({ epochs: 4 }, 2)).toEqual({ name: 'split-seed', before: 1, now: 2 });
});

it('keeps existing rows and cells, and adds new ones', () => {
  const [full, fixed] = [namedRow({ policy: 'full' }), namedRow({ policy: 'static' })];
  const before = {
    table: [full as unknown as ComparedRow],
    runs: cellsOf([full], { seeds: [1, 2] }) as unknown as ComparedRun[],
  };
  const all = extended(before, [full, fixed], cellsOf([full, fixed], { seeds: [2, 3] }));
  expect(all.rows).toEqual([full, fixed]);
  expect(all.cells.map(({ cell }) => cell)).toEqual([
    ...['full-seed1', 'full-seed2', 'static-seed2', 'full-seed3', 'static-seed3'],
  ]);
  expect(extended(null, [full], [])).toEqual({ rows: [full], cells: [] });
});
