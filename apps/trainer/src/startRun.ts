import { startBackend } from '@dpquant/backends';
import { checkLoss, softmaxCrossEntropy } from '@dpquant/gradients';
import { RunFolder } from '@dpquant/training/node';
import { budgetOf } from './computeBudget.ts';
import { checkData, sayWarnings } from './dataChecks.ts';
import { dataRecord } from './dataIdentity.ts';
import { loadDataSet } from './dataSets.ts';
import { importedEvent } from '@dpquant/training';
import { firstLedger, seedOfEarlierRun, spentBefore } from './initLedger.ts';
import { withAbsolutePaths } from './optionPaths.ts';
import { optimizerOf } from './optimizers.ts';
import { loadPolicy } from './policies.ts';
import { requireUsablePolicy } from './policyAnswers.ts';
import { warnOfReplacedLedger } from './replacedLedger.ts';
import { backendRecord } from './runBackend.ts';
import { folderMark, runFingerprint } from './runIdentity.ts';
import { planRun, splitData } from './runPlan.ts';
import type { RunConfig } from './runRecords.ts';
import { warnOfPrivateSchedule } from './scheduleOrigin.ts';
import { startingModel } from './startingModel.ts';
import type { StopSignals } from './stopSignals.ts';
import type { Terminal } from './terminal.ts';
import type { GivenOptions } from './trainOptions.ts';
import { carryOut, notBegun, type RunOutcome } from './trainingRun.ts';
import { asUsage, UsageError } from './usageError.ts';
import { versions } from './versions.ts';

/** Starts a new run in `out`. */
export async function startRun(
  { options: given, given: names }: GivenOptions,
  out: string,
  force: boolean,
  terminal: Terminal,
  signals: StopSignals,
): Promise<RunOutcome> {
  const seed =
    given.seed ??
    given.insecureSeed ??
    (await seedOfEarlierRun(given)) ??
    globalThis.crypto.getRandomValues(new Uint32Array(1))[0]!;
  const chosen = withAbsolutePaths({ ...given, seed });
  terminal.show(`Reading ${given.data} …`);
  const dataset = await loadDataSet(chosen);
  // A table may name its unit in the file beside it.
  const { name: privacyUnit } = dataset.privacyUnits;
  const options = { ...chosen, ...(privacyUnit !== undefined && { privacyUnit }) };
  if (dataset.classesAreCounted) {
    terminal.say(
      `warning: the number of classes, ${dataset.classNames.length}, was counted from the private labels, ` +
        'outside the guarantee; give --class-count or --class-names',
    );
  }
  sayWarnings(dataset, terminal);
  const split = splitData(dataset, options);
  const { training, validation } = split;
  if (validation.count === 0) {
    throw new UsageError(
      `validation-fraction: ${options.validationFraction} of ${dataset.privacyUnits.count} leaves no public example, by which ` +
        'the accuracy is found and the data are known again; raise it',
    );
  }
  const policy = await loadPolicy(options);
  await warnOfPrivateSchedule(options, dataset, terminal);
  const spent = await spentBefore(options, { dataset, validation }, terminal);
  const before = importedEvent(firstLedger(options, spent));
  terminal.show('Finding the noise that the privacy goal takes …');
  const plan = planRun(options, training, policy.usesLossImpacts ?? false, before, terminal);
  checkSettings({ options, plan });
  terminal.show('Starting the backend and making the model …');
  const backend = await startBackend(options.backend, options);
  const { model, record } = await startingModel(options, training);
  asUsage(() => checkLoss(model, training.targetShape, softmaxCrossEntropy));
  requireUsablePolicy(policy, { options, plan, model, budget: budgetOf(options) });
  if (!(await checkData(dataset, model, terminal, signals.betweenSteps))) return notBegun;
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
      backend: backendRecord(backend),
      versions: versions(),
    };
    const ledger = firstLedger(options, spent, runFingerprint(config));
    const prepared = { config, split, backend, model, firstLedger: ledger };
    return await carryOut(folder, prepared, terminal, signals);
  } finally {
    await folder.close();
  }
}

/** Refuses what cannot be trained before anything is written. */
function checkSettings(config: Pick<RunConfig, 'options' | 'plan'>): void {
  const { options, plan } = config;
  budgetOf(options);
  asUsage(() => optimizerOf(options, plan.steps));
}
