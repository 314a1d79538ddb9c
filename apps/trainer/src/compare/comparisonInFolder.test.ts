import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { gaussian, PrivacyLedger } from '@dpquant/accounting';
import { temporaryFolder } from '../testing/temporaryFolder.ts';
import { ComparisonInFolder, type ComparisonNotes } from './comparisonInFolder.ts';

const temporary = temporaryFolder();

const cells = [1, 2].map((seed) => ({ cell: `full-seed${seed}`, row: 'full', seed }));
const planned = {
  ...{ shared: {}, splitSeed: 1, seeds: [1, 2], cells, baseline: 'full' },
  score: { metric: 'accuracy', better: 'greater' as const },
  ...{ rows: [{ row: 'full', label: 'full', settings: {} }], hasInsecureSeeds: false, delta: 1e-5 },
};
const comparisonIn = (folder: string, notes?: ComparisonNotes) =>
  new ComparisonInFolder(folder, planned, notes);

/** A comparison of two runs that have been charged for something. */
function chargedComparison(): string {
  const folder = temporary();
  for (const { cell } of cells) {
    const run = join(folder, 'runs', cell);
    mkdirSync(run, { recursive: true });
    const ledger = new PrivacyLedger().record(gaussian(3), 'training');
    writeFileSync(join(run, 'ledger.json'), JSON.stringify(ledger));
  }
  return folder;
}

describe('a run whose folder is gone after it was charged', () => {
  it('leaves nothing that bounds ε, and is not made anew as if it had spent nothing', () => {
    const folder = chargedComparison();
    const [kept, moved] = cells;
    const before = comparisonIn(folder).write();
    expect(before.composedEpsilon).toBeGreaterThan(0);
    renameSync(join(folder, 'runs', moved!.cell), join(folder, 'elsewhere'));
    const comparison = comparisonIn(folder);
    expect(comparison.lossOf(kept!)).toBeNull();
    expect(comparison.lossOf(moved!)).toMatch(/full-seed2: is gone, .* restore it/);
    // Nor does it become forgotten later.
    comparison.write();
    comparison.update(moved!, undefined);
    const after = comparisonIn(folder).record();
    expect(after).toMatchObject({ composedEpsilon: null, guarantee: 'none' });
    expect(after.runs[1]).toMatchObject({ state: 'failed', hasSpent: true });
    renameSync(join(folder, 'elsewhere'), join(folder, 'runs', moved!.cell));
    expect(comparisonIn(folder).record().composedEpsilon).toBe(before.composedEpsilon);
  });

  it('may be made anew where the data are public', () => {
    const folder = chargedComparison();
    comparisonIn(folder, { publicData: true }).write();
    renameSync(join(folder, 'runs'), join(folder, 'elsewhere'));
    expect(comparisonIn(folder).lossOf(cells[0]!)).toBeNull();
  });
});
