import { requireDelta } from './accountant.ts';
import { createAccountant } from './accountants.ts';
import type { AccountantName } from './accountants.ts';
import { requireCount } from './events.ts';
import type { PrivacyEvent } from './events.ts';
import { fingerprint } from './fingerprint.ts';
import { parsePrivacyEvent } from './parsePrivacyEvent.ts';

/** What an event was for: a training step, or a private look at the data that steers training. */
export type PrivacyLabel = 'training' | 'analysis';

/** `count` equal events in a row. */
export interface LedgerEntry {
  readonly event: PrivacyEvent;
  readonly label: PrivacyLabel;
  readonly count: number;
}

/** A ledger as a file: `checksum` is over the entries, to notice damage, not to keep out a forger. */
export interface LedgerFile {
  readonly format: 'dpquant-ledger';
  readonly version: 1;
  readonly entries: readonly LedgerEntry[];
  readonly checksum: string;
}

export interface SpendingOptions {
  readonly accountant?: AccountantName;
  /** Count only the events of this label. */
  readonly label?: PrivacyLabel;
}

const FORMAT = 'dpquant-ledger';
const VERSION = 1;
const LABELS: readonly PrivacyLabel[] = ['training', 'analysis'];

/**
 * The list of everything that was released from a private data set. Events are only ever appended; equal
 * events in a row are one entry, so that a million equal steps take the space of one.
 */
export class PrivacyLedger {
  readonly #entries: LedgerEntry[] = [];

  /**
   * Appends an event, `count` times over. Call this before the release is computed: a ledger may show more than
   * was released, never less.
   *
   * @throws TypeError if the event or the label is not one; RangeError if a number is out of range
   */
  record(event: PrivacyEvent, label: PrivacyLabel, count = 1): this {
    if (!LABELS.includes(label)) {
      throw new TypeError(`label: expected 'training' or 'analysis', got ${JSON.stringify(label)}`);
    }
    if (requireCount(count, 'count') === 0) return this;
    const entry = { event: parsePrivacyEvent(event), label, count };
    const last = this.#entries.at(-1);
    if (last?.label === label && JSON.stringify(last.event) === JSON.stringify(entry.event)) {
      const total = requireCount(last.count + count, 'count');
      this.#entries[this.#entries.length - 1] = { ...last, count: total };
    } else {
      this.#entries.push(entry);
    }
    return this;
  }

  /** What was recorded, in order. A copy: changing it does not change the ledger. */
  get entries(): readonly LedgerEntry[] {
    return [...this.#entries];
  }

  /**
   * The ε spent so far at this δ, an upper bound; Infinity if something was released without noise.
   *
   * @throws RangeError if δ is not strictly between 0 and 1
   */
  epsilon(delta: number, { accountant, label }: SpendingOptions = {}): number {
    requireDelta(delta);
    const total = createAccountant(accountant);
    for (const entry of this.#entries) {
      if (label === undefined || entry.label === label) total.compose(entry.event, entry.count);
    }
    return total.epsilon(delta);
  }

  toJSON(): LedgerFile {
    const entries = this.entries;
    return {
      format: FORMAT,
      version: VERSION,
      entries,
      checksum: fingerprint(JSON.stringify(entries)),
    };
  }

  /**
   * The ledger behind the parsed JSON of a file.
   *
   * @throws TypeError if it is not a ledger; RangeError if a newer program wrote it, if it was changed since, or if a
   * number in it is out of range
   */
  static fromJSON(value: unknown): PrivacyLedger {
    const { format, version, entries, checksum } = (value ?? {}) as Partial<
      Record<string, unknown>
    >;
    if (format !== FORMAT) {
      throw new TypeError(
        `ledger: expected an object of format "${FORMAT}", got ${JSON.stringify(format)}`,
      );
    }
    if (version !== VERSION) {
      throw new RangeError(
        `ledger: expected version ${VERSION}, got ${JSON.stringify(version)}; read it with the release that wrote it, or a newer one`,
      );
    }
    if (!Array.isArray(entries)) {
      throw new TypeError(
        'ledger: expected a list of entries; the file is truncated, restore a copy of it',
      );
    }
    const ledger = new PrivacyLedger();
    for (const entry of entries as (Partial<LedgerEntry> | null)[]) {
      const { event, label, count } = entry ?? {};
      ledger.record(parsePrivacyEvent(event), label as PrivacyLabel, count ?? NaN);
    }
    const found = ledger.toJSON().checksum;
    if (found !== checksum || ledger.#entries.length !== entries.length) {
      throw new RangeError(
        `ledger: the checksum ${JSON.stringify(checksum)} does not fit the entries (${found}); the file was changed or ` +
          'truncated, and what it says was spent cannot be trusted: restore a copy of it',
      );
    }
    return ledger;
  }
}
