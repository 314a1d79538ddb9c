import { describe, expect, it } from '@jest/globals';
import { gaussian, PrivacyLedger } from '@dpquant/accounting';
import { eventCount, resumedLedger } from './resumedLedger.ts';

/** Nine events in three entries, one of them from an earlier run. */
const charged = () =>
  new PrivacyLedger({ guarantee: 'none' })
    .importLedger(new PrivacyLedger().record(gaussian(3), 'training', 2), 'pretraining')
    .record(gaussian(2), 'training', 3)
    .record(gaussian(4), 'analysis')
    .record(gaussian(2), 'training', 3);

describe('resumedLedger', () => {
  it('keeps lost steps charged and writes every new charge', () => {
    const onDisk = charged();
    const { ledger, needsWriting } = resumedLedger(onDisk, { charged: 4 }, { repeats: false });
    expect(ledger).toBe(onDisk);
    ledger.record(gaussian(2), 'training');
    expect(needsWriting()).toBe(true);
    expect(eventCount(ledger)).toBe(10);
  });

  it('returns to the checkpoint if the run repeats itself, and writes only new charges', () => {
    const { ledger, needsWriting } = resumedLedger(charged(), { charged: 4 }, { repeats: true });
    expect(eventCount(ledger)).toBe(4);
    expect(needsWriting()).toBe(false);
    ledger.record(gaussian(2), 'training').record(gaussian(4), 'analysis');
    ledger.record(gaussian(2), 'training', 3);
    expect(needsWriting()).toBe(false);
    expect(ledger.toJSON()).toEqual(charged().toJSON());
    ledger.record(gaussian(2), 'training');
    expect(needsWriting()).toBe(true);
  });

  it('refuses a ledger with fewer events than the checkpoint', () => {
    for (const repeats of [false, true]) {
      expect(() => resumedLedger(charged(), { charged: 10 }, { repeats })).toThrow(
        /shows 9 charged events, the checkpoint was saved after 10.*restore it/,
      );
    }
  });
});
