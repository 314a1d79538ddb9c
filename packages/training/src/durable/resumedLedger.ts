import { PrivacyLedger } from '@dpquant/accounting';

/** The ledger of a resumed run, and whether it has to be written. */
export interface ResumedLedger {
  readonly ledger: PrivacyLedger;
  /** False while the run repeats steps that are already charged on the disk. */
  readonly needsWriting: () => boolean;
}

/**
 * The ledger with which a run continues from a checkpoint.
 *
 * Steps charged after the checkpoint are lost work. A secure run samples anew: the lost steps stay
 * charged, and the steps that replace them are charged again. A run with an insecure seed repeats
 * exactly the same steps, so it returns to the charges of the checkpoint, while the file keeps all
 * of them; once the run has caught up, both agree again.
 *
 * @param charged the ledger on the disk
 * @param checkpoint number of events in the ledger when the checkpoint was saved
 * @param repeats whether the run has an insecure seed
 * @throws Error when the ledger shows fewer events than the checkpoint
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
