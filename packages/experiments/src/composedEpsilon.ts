import { createAccountant, type PrivacyEvent } from '@dpquant/accounting';

/** What a run has released about the private data. */
export interface CellSpending {
  /** Released by the run itself; null if unbounded. */
  readonly own: PrivacyEvent | null;
  /**
   * Released before, with its initial weights. Runs from the same initial weights have the same
   * `name`, which counts once.
   */
  readonly before?: { readonly name: string; readonly event: PrivacyEvent };
}

/**
 * ε of everything that several runs on the same data have released, at one δ for all of them: an
 * upper bound that holds for those who have seen all runs and choose among them.
 *
 * @returns null if one of the runs is unbounded; 0 for no runs
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
