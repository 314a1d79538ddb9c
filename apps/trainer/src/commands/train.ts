import { join } from 'node:path';
import { Command } from 'commander';
import { RunFolder } from '@dpquant/training/node';
import { followRank } from '../distributed/followingRank.ts';
import { joinRanks, launcherStop } from '../distributed/joinRanks.ts';
import { LeadingRank } from '../distributed/leadingRank.ts';
import type { TrainOptions } from '../flags/computingOptions.ts';
import { exitCodes } from '../terminal/exitCodes.ts';
import { requireUnchanged } from '../run/runIdentity.ts';
import { readRunConfig } from '../run/readRunRecords.ts';
import type { RankOptions } from '../flags/rankFlags.ts';
import { givenSettings } from '../flags/settingsConflicts.ts';
import { withStopSignals, type StopSignals } from '../run/stopSignals.ts';
import type { Terminal } from '../terminal/terminal.ts';
import {
  addTrainOptions,
  resolveTrainOptions,
  resumedOptions,
  type OutputOptions,
} from '../flags/trainOptions.ts';
import { resumeRun } from '../run/resumeRun.ts';
import { startRun } from '../run/startRun.ts';
import type { RunOutcome } from '../run/carryOutRun.ts';
import { UsageError } from '../flags/usageError.ts';

/** `dpquant train`: one private training run. */
export function trainCommand(terminal: Terminal, finish: (exitCode: number) => void): Command {
  const command = new Command('train').description(
    'Train a network with differential privacy, some of its layers in low precision.',
  );
  addTrainOptions(command);
  command.addHelpText(
    'after',
    `
Examples:
  dpquant train                                 the built-in digits, ε = 3
  dpquant train --epsilon 1 --epochs 10         more privacy, a longer run
  dpquant train --policy static --json --out runs/a
                                                the same layers throughout;
                                                the result as JSON
  dpquant train --policy full                   all layers in float32
  dpquant train --policy ./my-policy.js         a policy of your own
  dpquant train --schedule-interval 10 \\
    --full-precision-end 0.1                    other layers every ten steps,
                                                none in the last tenth
  dpquant train --optimizer adamw --epsilon 1   another optimizer
  dpquant train --model my/model.json --freeze 'bn*'
                                                a model of your own, with its
                                                weights
  dpquant train --model resnet18 --data images.npz \\
    --init-weights imagenet.safetensors --new-head
                                                weights from public data:
                                                no ledger needed
  dpquant train --init-weights runs/a/model \\
    --init-ledger runs/a/ledger.json --epsilon 5
                                                weights of a run on the same
                                                data: its ε counts
  dpquant train --no-privacy --policy full      baseline without privacy
  dpquant train --resume --out runs/a           goes on after an interruption
                                                (with a policy of your own,
                                                name it again by --policy)
  dpquant train --insecure-seed 1               reproducible, for tests:
                                                no privacy
  mpirun -n 8 dpquant train --distributed mpi   one model on eight processes
                                                (docs/distributed.md: who is
                                                trusted then)

Settings that exclude each other are refused, as --epsilon (the noise follows)
and --noise-multiplier (ε follows), --steps and --epochs, or a setting of
privacy under --no-privacy. A flag overrides the same setting of --config, and
replaces those there that it excludes.

A run folder holds config.json, metrics.jsonl, schedule.jsonl, ledger.json (what
was spent), model/ (for tf.loadLayersModel), summary.json and report.html
(metrics, ε and formats of the layers, to look at in a browser; renewed after
each epoch).`,
  );
  return command.action(async () => {
    const options = resolveTrainOptions(command);
    const joined = await joinRanks(command, options, process.env);
    if (joined && joined.communicator.rank > 0) {
      if (!(await followRank(joined, terminal))) finish(exitCodes.failure);
      return;
    }
    const ranks = joined ? new LeadingRank(joined) : undefined;
    let exitCode: number = exitCodes.failure;
    try {
      const run = (signals: StopSignals) =>
        options.resume
          ? resume(command, options, terminal, signals, ranks)
          : startRun(
              { options: computing(options), given: givenSettings(command) },
              options.out ?? defaultFolder(),
              options.force ?? false,
              ...([terminal, signals, ranks] as const),
            );
      const stop = joined ? launcherStop(process.env) : undefined;
      const outcome = await withStopSignals(terminal, run, stop);
      if (options.json && outcome.summary) terminal.result(JSON.stringify(outcome.summary));
      exitCode = exitCodeOf(outcome);
    } catch (error) {
      ranks?.sayIfLast(error as Error, terminal);
      throw error;
    } finally {
      await ranks?.end(exitCode);
    }
    finish(exitCode);
  });
}

function exitCodeOf({ stopped }: RunOutcome): number {
  if (stopped === 'interrupted') return exitCodes.interrupted;
  if (stopped === 'privacy budget exhausted') return exitCodes.budgetExhausted;
  return stopped === 'policy error' ? exitCodes.failure : exitCodes.done;
}

async function resume(
  command: Command,
  { out, force }: OutputOptions,
  terminal: Terminal,
  signals: StopSignals,
  ranks: LeadingRank | undefined,
): Promise<RunOutcome> {
  if (out === undefined) throw new UsageError('resume: name the folder of the run with --out');
  if (force) throw new UsageError('resume: --force would replace the run; leave one of them out');
  const folder = await RunFolder.open(out, { write: true });
  try {
    const config = await readRunConfig(folder);
    await requireUnchanged(folder, config);
    const options = resumedOptions(command, config.options);
    return await resumeRun(folder, { ...config, options }, terminal, signals, ranks);
  } finally {
    await folder.close();
  }
}

/** The options without those that say where the run is written, and by how many. */
function computing(options: TrainOptions & OutputOptions & RankOptions): TrainOptions {
  const { out, config, resume, force, json, ...others } = options;
  const { distributed, rankTimeout, rankThreads, ...rest } = others;
  return rest;
}

function defaultFolder(): string {
  return join('runs', new Date().toISOString().slice(0, 19).replaceAll(':', '-'));
}
