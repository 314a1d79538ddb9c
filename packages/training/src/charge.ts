import type { PrivacyEvent, PrivacyLabel } from '@dpquant/accounting';
import type { DPTrainerOptions } from './trainerTypes.ts';

/** Write-ahead: records an event and makes it durable before anything is computed from the data. */
export async function charge(
  { ledger, persistLedger }: Pick<DPTrainerOptions, 'ledger' | 'persistLedger'>,
  event: PrivacyEvent,
  label: PrivacyLabel,
): Promise<void> {
  ledger.record(event, label);
  await persistLedger?.(ledger);
}
