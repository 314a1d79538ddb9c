import type * as tfl from '@tensorflow/tfjs-layers';
import { splitAsGiven, splitByHash, type Dataset } from '@dpquant/data';
import { checkLoss, validateModel } from '@dpquant/gradients';
import type { PlanBudget, PlanData } from '@dpquant/mechanisms';
import { createPolicy, type SchedulePolicy } from '@dpquant/scheduling';
import { createEstimator, type LossImpactEstimator } from '@dpquant/sensitivity';
import { importedEvent } from '../durable/plannedCharges.ts';
import type { DurableRunParts } from '../durable/runParts.ts';
import { requireInputs, targetShapesIn } from '../modelParts.ts';
import { optimizerNamed } from '../optimizers/defaultOptimizer.ts';
import { deltaWarning, plannedRun, releasesOf } from '../planning/plannedRun.ts';
import { lossOf } from '../tasks/severalTasks.ts';
import type { ModelTask } from '../tasks/task.ts';
import { checkExamples, requireNumbers } from './checkExamples.ts';
import { checkOptions } from './checkOptions.ts';
import { requireMetrics, requireModel, requireTrainable } from './checkParts.ts';
import { examplesFor, type ExampleArrays } from './exampleData.ts';
import type { PrivateTrainingOptions } from './privateTrainingOptions.ts';
import { publicFingerprint } from './publicFingerprint.ts';
import { taskFor } from './taskFor.ts';

/** A training that is ready to start; nothing is charged yet. */
export interface PreparedTraining {
  readonly parts: DurableRunParts;
  readonly task: ModelTask;
  /** Warnings for the owner of the data, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Checks that model, data and options fit together, splits off the public part, and calibrates the
 * noise.
 *
 * @param seed seed of everything that is not private
 * @throws Error with the remedy for what cannot be trained
 */
export async function prepareTraining(
  model: tfl.LayersModel,
  data: Dataset | ExampleArrays,
  options: PrivateTrainingOptions,
  seed: number,
): Promise<PreparedTraining> {
  checkOptions(options);
  requireModel(model);
  validateModel(model);
  await requireTrainable(model);
  const given = await examplesFor(model, data);
  const task = taskFor(model, given, options.task);
  const loss = lossOf(model, task);
  checkLoss(model, targetShapesIn(model, given.dataset), loss);
  await checkExamples(model, given.dataset, task, options.signal);
  if (options.task === undefined && task.name === 'regression') await requireNumbers(given.dataset);
  const { training, validation } = await split(model, given.dataset, task, options, seed);
  requireInputs('training', model, training);
  if (validation) {
    requireInputs('validation', model, validation);
    await requireMetrics(model, validation, task);
  }
  const policy = policyOf(options);
  const estimator = policy.usesLossImpacts ? estimatorOf(options) : null;
  const plan = planOf(model, training, estimator, options);
  const warning = plan.guarantee === 'none' ? null : deltaWarning(options.delta, plan.unitCount);
  return {
    task,
    warnings: warning === null ? [] : [warning],
    parts: {
      ...{ model, loss, task, training, plan, seed },
      ...(validation && { validation }),
      ...(await publicPartSettings(validation, options)),
      delta: options.delta,
      epsilonTarget: options.epsilon ?? null,
      optimizer: optimizerOf(options, plan),
      clipping: options.clipping ?? (plan.guarantee === 'none' ? 'none' : 'flat'),
      rowsPerUnit: options.rowsPerUnit,
      schedule: {
        policy,
        format: options.format ?? 'luq-fp4',
        otherFormat: options.otherFormat,
        budget: options.budget ?? { quantizedFraction: 0.75 },
        interval: options.scheduleInterval,
        formatSpeedups: options.formatSpeedups,
        ...(estimator && { analysis: { ...analysisSteering(options), estimator } }),
      },
      weightAverage: options.weightAverage,
      earlyStop: options.earlyStop,
      physicalBatchSize: options.physicalBatchSize,
      ...(options.insecureSeed !== undefined && { insecureSeed: options.insecureSeed }),
      ...(options.firstLedger && { firstLedger: options.firstLedger }),
    },
  };
}

/** The private and the public part: by the data's own split, or by a hash. */
async function split(
  model: tfl.LayersModel,
  dataset: Dataset,
  task: ModelTask,
  options: PrivateTrainingOptions,
  seed: number,
): Promise<{ training: Dataset; validation: Dataset | null }> {
  if (options.validation) {
    const { dataset: validation } = await examplesFor(model, options.validation, 'validation');
    await checkExamples(model, validation, task, options.signal);
    return { training: dataset, validation };
  }
  const given = splitAsGiven(dataset);
  if (given && options.validationFraction !== undefined) {
    throw new RangeError(
      `validationFraction: "${dataset.name}" already defines which examples are public; leave the option out`,
    );
  }
  if (given) return given;
  const { validationFraction = 0.2 } = options;
  const parts = splitByHash(dataset, { validationFraction, seed });
  if (validationFraction === 0) return { training: dataset, validation: null };
  if (parts.validation.count > 0 && parts.training.count > 0) return parts;
  throw new RangeError(
    `validationFraction: ${validationFraction} of ${dataset.privacyUnits.count} privacy units leaves no ` +
      `${parts.validation.count > 0 ? 'private' : 'public'} example; choose another share, or 0 for no public part`,
  );
}

/** A setting that identifies the public examples, which a resumed run must have too. */
async function publicPartSettings(
  validation: Dataset | null,
  { store }: PrivateTrainingOptions,
): Promise<Pick<DurableRunParts, 'moreSettings'>> {
  if (!store || !validation) return {};
  return { moreSettings: [['public examples', await publicFingerprint(validation)]] };
}

function policyOf({ policy = 'loss-aware' }: PrivateTrainingOptions): SchedulePolicy {
  return typeof policy === 'string' ? createPolicy(policy) : policy;
}

function estimatorOf({ analysis }: PrivateTrainingOptions): LossImpactEstimator {
  const { estimator = 'per-example' } = analysis ?? {};
  return typeof estimator === 'string' ? createEstimator(estimator) : estimator;
}

function analysisSteering({ analysis }: PrivateTrainingOptions) {
  const { adaptive, smoothing } = analysis ?? {};
  return {
    ...(adaptive !== undefined && { adaptive }),
    ...(smoothing !== undefined && { smoothing }),
  };
}

function planOf(
  model: tfl.LayersModel,
  training: Dataset,
  estimator: LossImpactEstimator | null,
  options: PrivateTrainingOptions,
): PlanData {
  const { batchSize = 256, clipNorm = 1, noiseRatio, quantileClipping } = options;
  const planned = {
    unitCount: training.privacyUnits.count,
    ...{ batchSize, clipNorm },
    ...(options.epochs !== undefined && { epochs: options.epochs }),
    ...(options.steps !== undefined && { steps: options.steps }),
    ...(noiseRatio !== undefined && { noiseRatio }),
    ...(quantileClipping && { quantileClipping }),
    ...(estimator && { analysis: { ...options.analysis, estimator } }),
  };
  return plannedRun(releasesOf(model), planned, budgetOf(options));
}

function budgetOf(options: PrivateTrainingOptions): PlanBudget {
  const { epsilon, delta, noiseMultiplier, firstLedger } = options;
  const accountant = options.accountant !== undefined && { accountant: options.accountant };
  if (options.guarantee === 'none') return { guarantee: 'none' };
  if (noiseMultiplier !== undefined) return { noiseMultiplier, ...accountant };
  const before = firstLedger && (importedEvent(firstLedger) ?? undefined);
  return { epsilon: epsilon!, delta, before, ...accountant };
}

function optimizerOf(options: PrivateTrainingOptions, plan: PlanData) {
  const { optimizer = 'sgd', learningRate } = options;
  if (typeof optimizer !== 'string') return optimizer;
  const isPrivate = plan.guarantee !== 'none';
  return optimizerNamed({ name: optimizer, learningRate, isPrivate, steps: plan.steps });
}
