import { PrivacyLedger } from '@dpquant/accounting';

/** What a resumed run records in, and whether that has to be written. */
export interface ResumedLedger {
  readonly ledger: PrivacyLedger;
  /** False as long as the run repeats what the disk shows as charged already. */
  readonly needsWriting: () => boolean;
}

/**
 * The ledger that a run goes on with from a checkpoint.
 *
 * What was charged after the checkpoint is lost work. A secure run draws anew: the lost steps stay
 * charged, and their redo is charged again. A run under an insecure seed repeats the very same steps,
 * so it goes back to the charges of the checkpoint, while the file keeps all of them; from where it
 * stopped, the two are the same again.
 *
 * @param charged the ledger on the disk
 * @param checkpoint what it was saved after: the number of events in the ledger
 * @param repeats whether the run has an insecure seed
 * @throws Error when the ledger shows less than the checkpoint was saved after
 */
export function resumedLedger(
  charged: PrivacyLedger,
  checkpoint: { readonly charged: number },
  { repeats }: { readonly repeats: boolean },
): ResumedLedger {
  const count = eventCount(charged);
  if (count < checkpoint.charged) {
    throw new Error(
      `ledger: shows ${count} charged events, the checkpoint was saved after ${checkpoint.charged}; it is ` +
        'not the one of this run, restore it',
    );
  }
  const ledger = repeats ? firstEvents(charged, checkpoint.charged) : charged;
  return { ledger, needsWriting: () => eventCount(ledger) > count };
}

/** Number of events in a ledger. */
export function eventCount({ entries }: Pick<PrivacyLedger, 'entries'>): number {
  return entries.reduce((sum, { count }) => sum + count, 0);
}

function firstEvents({ entries, guarantee, run }: PrivacyLedger, count: number): PrivacyLedger {
  const first = new PrivacyLedger({ guarantee, run });
  let left = count;
  for (const entry of entries) {
    const taken = Math.min(left, entry.count);
    if (entry.source === undefined) first.record(entry.event, entry.label, taken);
    else
      first.importLedger(new PrivacyLedger().record(entry.event, entry.label, taken), entry.source);
    left -= taken;
  }
  return first;
}
