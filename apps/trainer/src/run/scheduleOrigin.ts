import { dirname } from 'node:path';
import type { Dataset } from '@dpquant/data';
import { isSameData } from '../data/dataIdentity.ts';
import { runConfigIn } from './readRunRecords.ts';
import type { RunConfig } from './runRecords.ts';
import type { Terminal } from '../terminal/terminal.ts';

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
  const config = runConfigIn(dirname(schedule));
  if (!config?.plan.analyses || !(await isSameData(config.data, options, dataset))) return;
  terminal.say(
    `warning: the schedule in ${schedule} was chosen by analyses of the same data; what they spent is in the ` +
      'ledger beside it and not in the ε of this run: the two compose',
  );
}
