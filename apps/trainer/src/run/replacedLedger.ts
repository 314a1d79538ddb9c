import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { PrivacyLedger } from '@dpquant/accounting';
import type { TrainOptions } from '../flags/computingOptions.ts';
import { epsilonText } from '../terminal/epsilonText.ts';
import type { Terminal } from '../terminal/terminal.ts';

/**
 * Warns where a run is replaced that has spent: what it released stays released. Not where the new
 * run imports its ledger.
 */
export function warnOfReplacedLedger(
  path: string,
  { delta, initLedger }: Pick<TrainOptions, 'delta' | 'initLedger'>,
  terminal: Terminal,
): void {
  const file = join(path, 'ledger.json');
  const isRun = ['config.json', 'checkpoint', 'ledger.json'].some((name) =>
    existsSync(join(path, name)),
  );
  if (!isRun || (initLedger !== undefined && existsSync(file) && isSameFile(initLedger, file)))
    return;
  let spent: number;
  try {
    const ledger = PrivacyLedger.fromJSON(JSON.parse(readFileSync(file, 'utf8')));
    if (ledger.entries.length === 0) return;
    spent = ledger.epsilon(delta);
  } catch (error) {
    terminal.say(
      `warning: ${file} cannot be read (${(error as Error).message}): the run that is replaced has spent of the ` +
        'same data what nobody knows any more, and the ε of this one does not count it',
    );
    return;
  }
  terminal.say(
    `warning: the run in ${path} has spent ε = ${epsilonText(spent)} at δ = ${delta} of the ` +
      'same data; replacing it does not give that back, both runs together cost more than either',
  );
}

function isSameFile(one: string, other: string): boolean {
  return realpathSync.native(one) === realpathSync.native(other);
}
