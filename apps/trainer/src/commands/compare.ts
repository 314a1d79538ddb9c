import { existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { countEpochs, readRecord } from '@dpquant/experiments';
import { lockFolder } from '@dpquant/training/node';
import { addCompareFlags, type CompareFlags } from '../compare/compareFlags.ts';
import { carryOutComparison } from '../compare/carryOutComparison.ts';
import { ComparisonInFolder } from '../compare/comparisonInFolder.ts';
import { comparisonRequest } from '../compare/comparisonRequest.ts';
import { comparisonLines } from '../compare/comparisonTable.ts';
import { planComparison, recordedComparison } from '../compare/plannedComparison.ts';
import { exitCodes } from '../terminal/exitCodes.ts';
import { chosenLauncher } from '../launchers/launchers.ts';
import { plural } from '../terminal/plural.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { commandText } from '../flags/commandText.ts';
import { addComputingOptions } from '../flags/trainOptions.ts';
import { requireOneProcess } from '../distributed/launchedRun.ts';
import { UsageError } from '../flags/usageError.ts';

/** `dpquant compare`: many training runs side by side. */
export function compareCommand(terminal: Terminal, finish: (exitCode: number) => void): Command {
  const command = new Command('compare').description(
    'Train with many settings and seeds, and compare what comes out.',
  );
  addCompareFlags(command);
  addComputingOptions(command);
  command.addHelpText(
    'after',
    `
Examples:
  dpquant compare                            four policies, three seeds, on the
                                             built-in digits
  dpquant compare --policies full,static,loss-aware --fractions 0.5,0.75 \\
    --seeds 5 --out comparisons/x
  dpquant compare --out comparisons/x        goes on where that was stopped
  dpquant compare --status --out comparisons/x
                                             the table so far
  dpquant compare --row policy=full \\
    --row 'policy=loss-aware,format=int4-luq' \\
    --row 'policy=full,privacy=false'        rows by themselves
  dpquant compare --policies full,loss-aware --vary 'learning-rate=1,2,4'
  dpquant compare --launcher ray --ray http://127.0.0.1:8265 --workers 40 \\
    --out /shared/comparisons/x              each run as a job of a Ray cluster

Every cell is a run of dpquant train, in a folder under runs/. The same command
goes on with a comparison that was stopped, and does again what has failed; with
more seeds or rows it extends it.

Jobs of Ray go on when this command ends: Ctrl-C asks whether to stop them, and
the same command watches them again. Nodes and this machine share --out and the
data. Ray Jobs has no login: leave its dashboard on loopback.

Whoever looks at the table has seen all runs: the ε of all of them together is
printed. Choosing the best row by it is not covered by the ε of that row.`,
  );
  return command.action(async () => {
    const flags = command.opts<CompareFlags>();
    if (flags.status) {
      showStatus(flags, terminal);
      return;
    }
    requireOneProcess(process.env);
    const request = comparisonRequest(command);
    const kind = chosenLauncher(command);
    const { out = defaultFolder(), ...given } = command.opts<CompareFlags>();
    requireNoRun(out);
    const outcome = await inFolder(out, async () => {
      const planned = await planComparison(request, given, readRecord(out));
      const place = await kind.open(given, out, terminal);
      return kind.withSignals(terminal, (signals) =>
        carryOutComparison(planned, {
          ...{ out, flags: given, terminal, signals, place },
          command: commandText(command),
        }),
      );
    });
    if (given.json) terminal.result(JSON.stringify(outcome.record));
    if (outcome.isInterrupted) finish(exitCodes.interrupted);
    else if (outcome.record.runs.some(({ state }) => state === 'failed')) finish(exitCodes.failure);
  });
}

/** Runs `body` with the folder of a comparison locked; removes the folder if it is empty then. */
async function inFolder<T>(folder: string, body: () => Promise<T>): Promise<T> {
  mkdirSync(folder, { recursive: true });
  const lock = await lockFolder(folder);
  try {
    return await body();
  } finally {
    await lock.release();
    if (readdirSync(folder).length === 0) rmdirSync(folder);
  }
}

/** Refuses the folder of a run: the page would be replaced, and the records be mixed up. */
function requireNoRun(folder: string): void {
  const names = ['config.json', 'ledger.json'];
  if (!names.some((name) => existsSync(join(folder, name)))) return;
  throw new UsageError(
    `out: ${folder} is the folder of a run; choose another one for the comparison`,
  );
}

function showStatus({ out, json, ...flags }: CompareFlags, terminal: Terminal): void {
  if (out === undefined) {
    throw new UsageError('status: name the folder of the comparison with --out');
  }
  const before = readRecord(out);
  if (!before) {
    throw new UsageError(`status: there is no comparison in ${out} (no comparison.json)`);
  }
  const comparison = new ComparisonInFolder(out, recordedComparison(flags, before), flags);
  const record = comparison.record();
  for (const line of comparisonLines(record)) terminal.say(line);
  for (const run of record.runs) {
    const epochs = countEpochs(comparison.folderOf(run));
    if (run.state !== 'finished' && epochs > 0)
      terminal.say(`${run.cell}: ${plural(epochs, 'epoch')}`);
  }
  if (json) terminal.result(JSON.stringify(record));
}

function defaultFolder(): string {
  return join('comparisons', new Date().toISOString().slice(0, 19).replaceAll(':', '-'));
}
