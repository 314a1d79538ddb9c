import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Dataset } from '@dpquant/data';
import { dataRecordOf, isSameData } from './dataIdentity.ts';
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
  const config = schedule && readConfig(join(dirname(schedule), 'config.json'));
  if (!config || !config.plan?.analyses || !config.options) return;
  if (!(await isSameData(config.data ?? dataRecordOf(config.options), options, dataset))) return;
  terminal.say(
    `warning: the schedule in ${schedule} was chosen by analyses of the same data; what they spent is in the ` +
      'ledger beside it and not in the ε of this run: the two compose',
  );
}

/** Null where there is none, or another program's. */
function readConfig(path: string): Partial<RunConfig> | null {
  if (!existsSync(path)) return null;
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Partial<RunConfig> | null;
  } catch {
    return null;
  }
}
