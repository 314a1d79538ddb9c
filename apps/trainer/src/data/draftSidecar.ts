import { draftBesideTable } from '@dpquant/data/node';
import { builtInDataNames, loadOptions, type DataChoice } from './loadChosenData.ts';
import { hasNumbers } from '../flags/tasks.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { UsageError } from '../flags/usageError.ts';

interface DraftChoice extends DataChoice {
  readonly draftSidecar?: boolean;
  readonly lookAtValues?: boolean;
  readonly json?: boolean;
}

/**
 * Begins the file beside a table that says what is public about it, and says what is left to do.
 */
export async function draftSidecar(choice: DraftChoice, terminal: Terminal): Promise<void> {
  const { data, lookAtValues = false } = choice;
  if (!choice.draftSidecar) {
    throw new UsageError('look-at-values: is for --draft-sidecar; give both, or leave it out');
  }
  if (builtInDataNames.includes(data)) {
    throw new UsageError(`draft-sidecar: is for a table in a file; leave the flag out for ${data}`);
  }
  if (lookAtValues) {
    terminal.say(
      'Outside the privacy guarantee: the values of all rows are looked at, and texts, means and deviations of ' +
        'private rows are written into the draft',
    );
  }
  const { file, sidecar, notes } = await draftBesideTable(data, {
    ...loadOptions(choice),
    lookAtValues,
    targetsAreNumbers: choice.task === undefined ? undefined : hasNumbers(choice),
  });
  const from = lookAtValues ? 'the values of all rows' : 'the header alone';
  terminal.say(`${file} is written, from ${from}; complete it from what is public:`);
  for (const note of notes) terminal.say(`  ${note}`);
  if (sidecar.fromValues) {
    terminal.say(
      '  "fromValues": what is said of these columns was taken from the rows; put what is public in its place and ' +
        'remove the name from this list, or each run will warn of it',
    );
  }
  if (choice.json) terminal.result(JSON.stringify({ file, sidecar, guarantee: 'none' }));
}
