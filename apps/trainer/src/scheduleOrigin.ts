import { dirname, join } from 'node:path';
import type { Dataset } from '@dpquant/data';
import { dataRecordOf, isSameData } from './dataIdentity.ts';
import { readIfJson } from './readIfJson.ts';
import type { RunConfig } from './runRecords.ts';
import type { Terminal } from './terminal.ts';

/**
 * Warns where the schedule that a run follows was chosen by private looks at the same data: its ε
 * does not count them.
 */
export async function warnOfPrivateSchedule(
  options: RunConfig['options'],
  dataset: Dataset,
  terminal: Pick<Terminal, 'say'>,
): Promise<void> {
  const { schedule } = options;
  if (schedule === undefined) return;
  const file = join(dirname(schedule), 'config.json');
  const config = readIfJson(file) as Partial<RunConfig> | null;
  if (!config?.plan?.analyses || !config.options) return;
  if (!(await isSameData(config.data ?? dataRecordOf(config.options), options, dataset))) return;
  terminal.say(
    `warning: the schedule in ${schedule} was chosen by analyses of the same data; what they spent is in the ` +
      'ledger beside it and not in the ε of this run: the two compose',
  );
}
