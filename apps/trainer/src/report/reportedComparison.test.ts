import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { gaussian, PldAccountant, PrivacyLedger } from '@dpquant/accounting';
import { ComparisonInFolder } from '../compare/comparisonInFolder.ts';
import { reportedComparison } from './reportedComparison.ts';
import { temporaryFolder } from '../testing/temporaryFolder.ts';

const temporary = temporaryFolder();

it('tells what runs have spent by now, which is more than a comparison knew that was killed', async () => {
  const folder = temporary();
  const cells = [{ cell: 'full-seed1', row: 'full', seed: 1 }];
  const rows = [{ row: 'full', label: 'full', settings: {} }];
  const planned = {
    ...{ shared: {}, splitSeed: 1, seeds: [1], cells, rows, baseline: 'full' },
    score: { metric: 'accuracy', better: 'greater' as const },
    ...{ hasInsecureSeeds: false, delta: 1e-5 },
  };
  expect(new ComparisonInFolder(folder, planned).write().composedEpsilon).toBe(0);
  const run = join(folder, 'runs', 'full-seed1');
  mkdirSync(run, { recursive: true });
  const ledger = new PrivacyLedger().record(gaussian(3), 'training');
  writeFileSync(join(run, 'ledger.json'), JSON.stringify(ledger));
  const spent = new PldAccountant().compose(gaussian(3)).epsilon(1e-5);
  expect((await reportedComparison(folder)).record.composedEpsilon).toBeCloseTo(spent, 12);
  // A copy of the record alone is taken at its word.
  new ComparisonInFolder(folder, planned).write();
  const copy = join(folder, 'copy');
  cpSync(join(folder, 'comparison.json'), join(copy, 'comparison.json'));
  expect((await reportedComparison(copy)).record.composedEpsilon).toBeCloseTo(spent, 12);
  // One of its runs that is gone leaves no bound.
  rmSync(run, { recursive: true });
  expect((await reportedComparison(folder)).record).toMatchObject({ composedEpsilon: null });
});

const earlier = join(process.cwd(), '../../docs/experiments');

it.each(readdirSync(earlier))('reads %s, which an earlier version has written', async (name) => {
  const { record } = await reportedComparison(join(earlier, name));
  expect(record).toMatchObject({ version: 2, score: { metric: 'accuracy', better: 'greater' } });
  const finished = record.runs.filter(({ state }) => state === 'finished');
  expect(finished.length).toBeGreaterThan(0);
  for (const { row, score } of finished) {
    expect(score).toBeGreaterThan(0.5);
    expect(record.table.find((each) => each.row === row)!.score!.mean).toBeGreaterThan(0.5);
  }
});
