import type { RunFolder } from '@dpquant/training/node';
import { checkData } from '../data/dataChecks.ts';
import { hasSamePublicPart } from '../data/dataIdentity.ts';
import { loadChosenData } from '../data/loadChosenData.ts';
import type { LeadingRank } from '../distributed/leadingRank.ts';
import { startBackendOf } from './runBackend.ts';
import { isOwnFolder } from './runIdentity.ts';
import { splitData } from './runPlan.ts';
import type { RunConfig } from './runRecords.ts';
import { resumedModel } from '../models/startingModel.ts';
import type { StopSignals } from './stopSignals.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { loadTask } from '../flags/tasks.ts';
import { carryOut, notBegun, type RunOutcome } from './carryOutRun.ts';
import { UsageError } from '../flags/usageError.ts';

/** Continues the interrupted run in a folder that is open for writing. */
export async function resumeRun(
  folder: RunFolder,
  config: RunConfig,
  terminal: Terminal,
  signals: StopSignals,
  ranks?: LeadingRank,
): Promise<RunOutcome> {
  if ((await folder.stage()) === 'finished') {
    throw new UsageError(`resume: the run in ${folder.path} is finished; start a new one`);
  }
  if (!isOwnFolder(folder.path, config)) {
    terminal.say(
      `warning: ${folder.path} is not the folder that the run was started in, but a copy, or was moved; if the run goes on ` +
        'in another one as well, both spend, and the ε of one does not count the other',
    );
  }
  terminal.show(`Reading ${config.options.data} …`);
  const dataset = await loadChosenData(config.options);
  const split = splitData(dataset, config.options);
  const backend = await startBackendOf(config, terminal, ranks?.threads);
  const model = await resumedModel(config, split.training);
  await ranks?.begin(config, model, dataset);
  const task = await loadTask(config.options);
  const isSound = await checkData(
    ...([dataset, model, task, terminal, signals.betweenSteps, ranks?.onBatch] as const),
  );
  if (!isSound) return notBegun;
  if (!(await hasSamePublicPart(config.data, split.validation))) {
    throw new UsageError(
      `data: ${config.options.data} holds other examples than when the run began; restore the data, or start a new run`,
    );
  }
  await ranks?.agree(model, backend, terminal);
  return carryOut(folder, { config, split, backend, model, ranks }, terminal, signals);
}
