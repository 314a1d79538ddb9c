import type { Dataset, Split } from '@dpquant/data';
import type { PlanData } from '@dpquant/mechanisms';
import type { SchedulePolicy } from '@dpquant/scheduling';
import { importedEvent, releasesOf } from '@dpquant/training';
import { budgetOf } from '../flags/computeBudget.ts';
import type { TrainOptions } from '../flags/computingOptions.ts';
import { sayGivenSplit, sayWarnings } from '../data/dataChecks.ts';
import { firstOwnDecision } from '../flags/fullPrecisionFlags.ts';
import { firstLedger, seedOfEarlierRun, spentBefore } from './initLedger.ts';
import { namesOfModel } from '../models/namesOfModel.ts';
import { withAbsolutePaths } from '../flags/optionPaths.ts';
import { optimizerOf } from '../flags/optimizers.ts';
import { loadPolicy } from '../flags/policies.ts';
import { planRun, splitData } from './runPlan.ts';
import type { RunConfig } from './runRecords.ts';
import { warnOfPrivateSchedule } from './scheduleOrigin.ts';
import type { StartingModel } from '../models/startingModel.ts';
import { requireTaskData } from '../flags/tasks.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { asUsage, UsageError } from '../flags/usageError.ts';

/** What is known of a run before it starts. */
export interface PlannedTraining {
  readonly options: RunConfig['options'];
  readonly dataset: Dataset;
  readonly split: Split;
  readonly policy: SchedulePolicy;
  readonly spent: Awaited<ReturnType<typeof spentBefore>>;
  readonly plan: PlanData;
  /** The model, and where it is from. */
  readonly start: StartingModel;
}

/** How the data and the model of a run are made. */
export interface PartMakers {
  /** Reads a data set. */
  readonly load: (options: TrainOptions) => Promise<Dataset>;
  /** Makes the model, with a backend started. */
  readonly makeModel: (options: RunConfig['options'], training: Dataset) => Promise<StartingModel>;
}

/**
 * Reads the data, makes the model and finds the plan that the flags ask for. The model is the
 * caller's to dispose of.
 *
 * @throws UsageError for what the run would be refused for
 */
export async function planTraining(
  given: TrainOptions,
  terminal: Terminal,
  { load, makeModel }: PartMakers,
): Promise<PlannedTraining> {
  const seed =
    given.seed ??
    given.insecureSeed ??
    (await seedOfEarlierRun(given)) ??
    globalThis.crypto.getRandomValues(new Uint32Array(1))[0]!;
  const named = await namesOfModel(given);
  const chosen = withAbsolutePaths({ ...given, ...named, seed });
  terminal.show(`Reading ${given.data} …`);
  const dataset = await load(chosen);
  // A table may name its privacy unit in its sidecar file.
  const { name: privacyUnit } = dataset.privacyUnits;
  const options = { ...chosen, ...(privacyUnit !== undefined && { privacyUnit }) };
  if (dataset.classesAreCounted) {
    terminal.say(
      `warning: the number of classes, ${dataset.classNames.length}, was counted from the private labels, ` +
        'outside the guarantee; give --class-count or --class-names',
    );
  }
  sayWarnings(dataset, terminal);
  requireTaskData(options, dataset);
  sayGivenSplit(dataset, terminal);
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
  const start = await makeModel(options, training);
  try {
    terminal.show('Finding the noise that the privacy goal takes …');
    const releases = releasesOf(start.model);
    const hasAnalyses = policy.usesLossImpacts ?? false;
    const plan = planRun(options, training, { releases, hasAnalyses, before }, terminal);
    budgetOf(options);
    firstOwnDecision(options, plan);
    asUsage(() => optimizerOf(options, plan.steps));
    return { options, dataset, split, policy, spent, plan, start };
  } catch (error) {
    start.model.dispose();
    throw error;
  }
}
