import {
  composed,
  PrivacyLedger,
  selfComposed,
  type PrivacyEvent,
  type PrivacyLabel,
} from '@dpquant/accounting';
import type { TrainingPlan } from '@dpquant/mechanisms';
import { RunStoreError } from './runStoreError.ts';

/** The events imported into a run's ledger, spent before the run; null if there are none. */
export function importedEvent({ entries }: Pick<PrivacyLedger, 'entries'>): PrivacyEvent | null {
  const imported = entries.filter(({ source }) => source !== undefined);
  if (imported.length === 0) return null;
  return composed(imported.map(({ event, count }) => selfComposed(event, count)));
}

/** Number of events with this label that the run itself has charged, without imported ones. */
export function chargedCount(ledger: Pick<PrivacyLedger, 'entries'>, label: PrivacyLabel): number {
  return ownEntries(ledger, label).reduce((sum, { count }) => sum + count, 0);
}

/**
 * Checks that the events in a run's ledger, without imported ones, are those of its plan.
 *
 * @param name name of the ledger, for messages
 * @throws RunStoreError if they differ: what was spent is then unknown
 */
export function requirePlanned(
  name: string,
  ledger: Pick<PrivacyLedger, 'entries'>,
  plan: TrainingPlan,
): void {
  const planned = { training: plan.steps, analysis: plan.analyses?.count ?? 0 };
  for (const [label, count] of Object.entries(planned) as [PrivacyLabel, number][]) {
    const found = new PrivacyLedger();
    for (const entry of ownEntries(ledger, label)) found.record(entry.event, label, entry.count);
    const expected = new PrivacyLedger();
    const charged = Math.min(chargedCount(ledger, label), count);
    for (let index = 0; index < charged; index++) {
      expected.record(plan.eventAt(label, index), label);
    }
    if (JSON.stringify(found.entries) === JSON.stringify(expected.entries)) continue;
    throw new RunStoreError(
      `resume: ${name} shows ${label} events that are not in this run's plan; restore the ledger that the ` +
        'run has written',
    );
  }
}

function ownEntries({ entries }: Pick<PrivacyLedger, 'entries'>, label: PrivacyLabel) {
  return entries.filter((entry) => entry.label === label && entry.source === undefined);
}
