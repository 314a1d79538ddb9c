import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startBackend, type StartedBackend } from '@dpquant/backends';
import { checkLoss } from '@dpquant/gradients';
import { lossOf, requireTask, targetShapesIn } from '@dpquant/training';
import { RunFolder } from '@dpquant/training/node';
import { budgetOf } from '../flags/computeBudget.ts';
import { checkData } from '../data/dataChecks.ts';
import { dataRecord } from '../data/dataIdentity.ts';
import { loadChosenData } from '../data/loadChosenData.ts';
import type { LeadingRank } from '../distributed/leadingRank.ts';
import { firstLedger } from './initLedger.ts';
import { planTraining } from './plannedTraining.ts';
import { requireUsablePolicy } from './policyAnswers.ts';
import { warnOfReplacedLedger } from './replacedLedger.ts';
import { backendRecord } from './runBackend.ts';
import { folderMark, runFingerprint } from './runIdentity.ts';
import type { RunConfig } from './runRecords.ts';
import { startingModel } from '../models/startingModel.ts';
import type { StopSignals } from './stopSignals.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { GivenOptions } from '../flags/trainOptions.ts';
import { loadTask } from '../flags/tasks.ts';
import { carryOut, notBegun, type RunOutcome } from './carryOutRun.ts';
import { asUsage, UsageError } from '../flags/usageError.ts';
import { versions } from '../terminal/versions.ts';

/** Starts a new run in `out`. */
export async function startRun(
  { options: given, given: names }: GivenOptions,
  out: string,
  force: boolean,
  terminal: Terminal,
  signals: StopSignals,
  ranks?: LeadingRank,
): Promise<RunOutcome> {
  requireNoComparison(out);
  let started: StartedBackend | undefined;
  const planned = await planTraining(given, terminal, {
    load: loadChosenData,
    async makeModel(options, training) {
      terminal.show('Starting the backend and making the model …');
      started = await startBackend(options.backend, {
        ...options,
        ...(ranks && { threads: ranks.threads }),
      });
      return startingModel(options, training);
    },
  });
  const { options, dataset, split, policy, spent, plan } = planned;
  const { training, validation } = split;
  const { model, record } = planned.start;
  const backend = started!;
  const task = await loadTask(options);
  asUsage(() => {
    requireTask(model, training, task);
    checkLoss(model, targetShapesIn(model, training), lossOf(model, task));
  });
  requireUsablePolicy(policy, { options, plan, model, budget: budgetOf(options) });
  const recorded = backendRecord(backend);
  await ranks?.begin({ options, start: record, plan, backend: recorded }, model, dataset);
  const isSound = await checkData(
    ...([dataset, model, task, terminal, signals.betweenSteps, ranks?.onBatch] as const),
  );
  if (!isSound) return notBegun;
  await ranks?.agree(model, backend, terminal);
  const data = await dataRecord(options, validation);
  if (force) warnOfReplacedLedger(out, options, terminal);
  const folder = await RunFolder.create(out, { force });
  try {
    const config: RunConfig = {
      // Two runs of one insecure seed are the same run.
      ...(options.insecureSeed === undefined && { id: globalThis.crypto.randomUUID() }),
      options,
      given: names,
      plan,
      start: {
        ...record,
        ...(spent.runs.length > 0 && { earlierRuns: spent.runs, includedRuns: spent.included }),
      },
      data,
      folder: folderMark(out),
      backend: recorded,
      versions: versions(),
    };
    const ledger = firstLedger(options, spent, runFingerprint(config));
    const prepared = { config, split, backend, model, firstLedger: ledger, ranks };
    return await carryOut(folder, prepared, terminal, signals);
  } finally {
    await folder.close();
  }
}

/** Refuses the folder of a comparison: the pages of both have the same name. */
function requireNoComparison(out: string): void {
  if (!existsSync(join(out, 'comparison.json'))) return;
  throw new UsageError(`out: ${out} is the folder of a comparison; choose another one for the run`);
}
