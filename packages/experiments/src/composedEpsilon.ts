import { createAccountant, type PrivacyEvent } from '@dpquant/accounting';

/** What a run has released of the private data. */
export interface CellSpending {
  /** What it released itself; null where nothing bounds it. */
  readonly own: PrivacyEvent | null;
  /**
   * What was released before it, with its initial weights. Runs that begin from the same weights
   * have the same `name`, and it counts once.
   */
  readonly before?: { readonly name: string; readonly event: PrivacyEvent };
}

/**
 * ε of everything that several runs on the same data have released, at one δ for all together: an
 * upper bound, which covers whoever has seen all of them and chooses among them.
 *
 * @returns null where one of them has no bound; 0 for no run
 */
export function composedEpsilon(runs: readonly CellSpending[], delta: number): number | null {
  const accountant = createAccountant();
  const before = new Map<string, PrivacyEvent>();
  for (const run of runs) {
    if (run.own === null) return null;
    accountant.compose(run.own);
    if (run.before) before.set(JSON.stringify(run.before), run.before.event);
  }
  for (const event of before.values()) accountant.compose(event);
  const epsilon = runs.length === 0 ? 0 : accountant.epsilon(delta);
  return Number.isFinite(epsilon) ? epsilon : null;
}
