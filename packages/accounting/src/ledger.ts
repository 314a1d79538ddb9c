import { requireEpsilon } from './accountant.ts';
import type { Accountant } from './accountant.ts';
import { createAccountant } from './accountants.ts';
import type { AccountantName } from './accountants.ts';
import type { PrivacyBudget } from './budget.ts';
import { composed, requireCount, selfComposed } from './events.ts';
import type { PrivacyEvent } from './events.ts';
import { fingerprint } from './fingerprint.ts';
import { MechanismTally } from './mechanisms.ts';
import { parsePrivacyEvent } from './parsePrivacyEvent.ts';
import { largestStepCount } from './stepCount.ts';

/**
 * The purpose of an event: a training step, or a private analysis of the data that controls
 * training.
 */
export type PrivacyLabel = 'training' | 'analysis';

/** `count` equal events in a row. */
export interface LedgerEntry {
  readonly event: PrivacyEvent;
  readonly label: PrivacyLabel;
  readonly count: number;
  /** Where the entry was imported from; absent if it was recorded here. */
  readonly source?: string;
}

/**
 * What the ε of a ledger means: a bound on the privacy loss of what was released, or nothing,
 * because anyone who knows the seed can reproduce the noise.
 */
export type LedgerGuarantee = 'differential privacy' | 'none';

/**
 * A ledger as a file: `checksum` covers guarantee, run and entries. It detects damage, not forgery.
 */
export interface LedgerFile {
  readonly format: 'dpquant-ledger';
  readonly version: 1;
  readonly guarantee: LedgerGuarantee;
  /** The run that recorded it; absent if unknown. */
  readonly run?: string;
  readonly entries: readonly LedgerEntry[];
  readonly checksum: string;
}

export interface LedgerOptions {
  /** `none` for a run whose noise is reproducible: its ε guarantees nothing. */
  readonly guarantee?: LedgerGuarantee | undefined;
  /** Fingerprint of the run that records in it, compared when the run is resumed. */
  readonly run?: string | undefined;
}

export interface SpendingOptions {
  /** Name of the accountant. Default `pld`. */
  readonly accountant?: AccountantName;
  /** Count only the events of this label. */
  readonly label?: PrivacyLabel;
}

/** ε by label, and of all events together, which is less than the sum over labels. */
export type Spending = Readonly<Record<PrivacyLabel | 'total', number>>;

const FORMAT = 'dpquant-ledger';
const VERSION = 1;
const LABELS: readonly PrivacyLabel[] = ['training', 'analysis'];
const GUARANTEES: readonly LedgerGuarantee[] = ['differential privacy', 'none'];

/**
 * The list of everything that was released from a private data set. Events are only ever appended;
 * equal events in a row are one entry, so that a million equal steps take the space of one.
 */
export class PrivacyLedger {
  /** What the ε of this ledger means; `none` also applies to every ledger that imports it. */
  readonly guarantee: LedgerGuarantee;
  /** Fingerprint of the run that records here; undefined if unknown. */
  readonly run: string | undefined;
  readonly #entries: LedgerEntry[] = [];
  readonly #tally = new MechanismTally();
  /** Accountants that were used, kept up to date. */
  readonly #accountants = new Map<
    string,
    { accountant: Accountant; label: PrivacyLabel | undefined }
  >();

  constructor({ guarantee = 'differential privacy', run }: LedgerOptions = {}) {
    this.guarantee = guarantee;
    this.run = run;
  }

  /**
   * Appends an event that happens `count` times. Call this before the release is computed: a ledger
   * may show more than was released, never less.
   *
   * @throws TypeError if the event or the label is not one, or if the event does not add up with
   *   the earlier ones; RangeError if a number is out of range. Then nothing is appended.
   */
  record(event: PrivacyEvent, label: PrivacyLabel, count = 1): this {
    return this.#append({ event, label, count });
  }

  /**
   * Appends the entries of another ledger: what was spent on the same data before, for example on
   * the weights that training starts from. Nothing has to be imported for weights that were trained
   * on other data.
   *
   * @param ledger a ledger, or the parsed JSON of its file
   * @param source where it comes from, as text for people
   * @throws as `fromJSON` and `record` do, and RangeError if that ledger has no guarantee and this
   *   one has; then nothing is appended
   */
  importLedger(ledger: unknown, source: string): this {
    const imported = ledger instanceof PrivacyLedger ? ledger : PrivacyLedger.fromJSON(ledger);
    const { entries, guarantee } = imported;
    if (guarantee === 'none' && this.guarantee !== 'none') {
      throw new RangeError(
        `ledger: ${source} has no guarantee, since its noise can be reproduced; nothing that builds on it has one`,
      );
    }
    const check = new PrivacyLedger();
    for (const entry of [...this.#entries, ...entries]) check.#append(entry);
    for (const entry of entries) this.#append({ ...entry, source });
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
    const key = `${accountant ?? ''} ${label ?? ''}`;
    let kept = this.#accountants.get(key);
    if (kept === undefined) {
      kept = { accountant: createAccountant(accountant), label };
      for (const entry of this.#entries) {
        if (label === undefined || entry.label === label) {
          kept.accountant.compose(entry.event, entry.count);
        }
      }
      this.#accountants.set(key, kept);
    }
    return kept.accountant.epsilon(delta);
  }

  /** The ε spent so far at this δ, by label and altogether. */
  spending(delta: number, { accountant }: Pick<SpendingOptions, 'accountant'> = {}): Spending {
    const options = accountant === undefined ? {} : { accountant };
    return {
      training: this.epsilon(delta, { ...options, label: 'training' }),
      analysis: this.epsilon(delta, { ...options, label: 'analysis' }),
      total: this.epsilon(delta, options),
    };
  }

  /**
   * The difference between a budget and what is spent, ≥ 0. Privacy loss is not additive: use
   * `remainingCount` for the number of events that still fit.
   *
   * @throws RangeError if the budget's ε is negative or not finite, or δ is not strictly between 0
   *   and 1
   */
  remainingEpsilon({ epsilon, delta, accountant }: PrivacyBudget): number {
    requireEpsilon(epsilon);
    const spent = this.epsilon(delta, accountant === undefined ? {} : { accountant });
    return Math.max(0, epsilon - spent);
  }

  /**
   * How often an event can still happen within a budget for everything in this ledger.
   *
   * @returns an integer ≥ 0; Infinity if the event releases nothing
   */
  remainingCount(event: PrivacyEvent, budget: PrivacyBudget): number {
    const after = composed(this.#entries.map((entry) => selfComposed(entry.event, entry.count)));
    return largestStepCount({ ...budget, event, after });
  }

  toJSON(): LedgerFile {
    const { entries, guarantee } = this;
    const run = this.run === undefined ? {} : { run: this.run };
    const checked = [guarantee, entries, ...Object.values(run)];
    return {
      format: FORMAT,
      version: VERSION,
      guarantee,
      ...run,
      entries,
      checksum: fingerprint(JSON.stringify(checked)),
    };
  }

  /**
   * The ledger in the parsed JSON of a file.
   *
   * @throws TypeError if it is not a ledger; RangeError if a newer program wrote it, if it was
   *   changed afterwards, or if a number in it is out of range
   */
  static fromJSON(value: unknown): PrivacyLedger {
    const { format, version, guarantee, run, entries, checksum } = (value ?? {}) as Partial<
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
    if (!GUARANTEES.includes(guarantee as LedgerGuarantee)) {
      throw new TypeError(
        `ledger: expected the guarantee 'differential privacy' or 'none', got ${JSON.stringify(guarantee)}`,
      );
    }
    if (run !== undefined && typeof run !== 'string') {
      throw new TypeError(`ledger: expected the run as text, got ${JSON.stringify(run)}`);
    }
    if (!Array.isArray(entries)) {
      throw new TypeError(
        'ledger: expected a list of entries; the file is truncated, restore a copy of it',
      );
    }
    const ledger = new PrivacyLedger({ guarantee: guarantee as LedgerGuarantee, run });
    for (const entry of entries as (Partial<Record<keyof LedgerEntry, unknown>> | null)[]) {
      const { event, label, count, source } = entry ?? {};
      const read = { event: parsePrivacyEvent(event), label, count: count ?? NaN };
      ledger.#append((source === undefined ? read : { ...read, source }) as LedgerEntry);
    }
    const found = ledger.toJSON().checksum;
    if (found !== checksum || ledger.#entries.length !== entries.length) {
      throw new RangeError(
        `ledger: the checksum ${JSON.stringify(checksum)} does not match the entries (${found}); the file was changed or ` +
          'truncated, and what it says was spent cannot be trusted: restore a copy of it',
      );
    }
    return ledger;
  }

  #append({ event, label, count, source }: LedgerEntry): this {
    if (!LABELS.includes(label)) {
      throw new TypeError(`label: expected 'training' or 'analysis', got ${JSON.stringify(label)}`);
    }
    if (source !== undefined && typeof source !== 'string') {
      throw new TypeError(`source: expected text, got ${JSON.stringify(source)}`);
    }
    if (requireCount(count, 'count') === 0) return this;
    const own = parsePrivacyEvent(event);
    const last = this.#entries.at(-1);
    const extendsLast =
      last?.label === label &&
      last.source === source &&
      Number.isSafeInteger(last.count + count) &&
      JSON.stringify(last.event) === JSON.stringify(own);
    const total = extendsLast ? last.count + count : count;

    // Refuses events that no accountant can add up, before they are recorded.
    this.#tally.add(own, count);
    for (const kept of this.#accountants.values()) {
      if (kept.label === undefined || kept.label === label) kept.accountant.compose(own, count);
    }
    if (extendsLast) this.#entries[this.#entries.length - 1] = { ...last, count: total };
    else
      this.#entries.push({ event: own, label, count, ...(source === undefined ? {} : { source }) });
    return this;
  }
}
