import type * as tfl from '@tensorflow/tfjs-layers';
import {
  checkLoss,
  trainableValueCount,
  trainableVariables,
  validateModel,
} from '@dpquant/gradients';
import {
  createClippingRule,
  gridFactors,
  mostUnitsOfInt32Sum,
  type ClippingRule,
} from '@dpquant/mechanisms';
import { layerArithmetic, requirePerExampleScales } from '@dpquant/quantization';
import { requireSeed } from '@dpquant/random';
import { checkBudget, checkPolicy, type ScheduledLayer } from '@dpquant/scheduling';
import { requireInputs, targetShapesIn } from './modelParts.ts';
import { defaultPhysicalBatchSize } from './source/defaultPhysicalBatchSize.ts';
import { localSource } from './source/localSource.ts';
import { requireTask } from './tasks/checkTask.ts';
import { classification } from './tasks/classification.ts';
import type { DPTrainerOptions } from './trainerTypes.ts';

/** Options with their defaults. */
export type ResolvedOptions = DPTrainerOptions & {
  readonly [
    Name in 'physicalBatchSize' | 'clipping' | 'rowsPerUnit' | 'source' | 'task'
  ]-?: NonNullable<DPTrainerOptions[Name]>;
};

/** Options with their defaults; the default source computes in this process. */
export function withDefaults(options: DPTrainerOptions): ResolvedOptions {
  const { model, plan, clipping = 'flat', rowsPerUnit = 1 } = options;
  const { physicalBatchSize = defaultPhysicalBatchSize(model, plan, rowsPerUnit) } = options;
  const { source = localSource(options), task = classification() } = options;
  const policy = checkPolicy(options.schedule.policy, 'schedule.policy');
  const schedule = { ...options.schedule, policy };
  return { ...options, physicalBatchSize, clipping, rowsPerUnit, source, task, schedule };
}

/**
 * Refuses options that do not fit together, before anything is charged. No row is read.
 *
 * @param layers layers that the schedule chooses from
 * @throws Error with the remedy
 */
export function checkRun(options: ResolvedOptions, layers: readonly ScheduledLayer[]): void {
  const { model, plan, training, loss } = options;
  requireCount('physicalBatchSize', options.physicalBatchSize);
  requireCount('rowsPerUnit', options.rowsPerUnit);
  if (options.schedule.interval !== undefined) {
    requireCount('schedule.interval', options.schedule.interval);
  }
  requireSeed(options.seed);
  if (options.schedule.seed !== undefined) requireSeed(options.schedule.seed);
  if (plan.unitCount !== training.privacyUnits.count) {
    throw new RangeError(
      `unitCount: the plan is for ${plan.unitCount} privacy units, ` +
        `"${training.name}" has ${training.privacyUnits.count}`,
    );
  }
  validateModel(model);
  requireLearning(model);
  requireGrid(options);
  requireValues(model, plan);
  requireInputs('training', model, training);
  checkLoss(model, targetShapesIn(model, training), loss);
  requireClipping(options);
  checkSchedule(options, layers);
  checkValidation(options);
}

function requireCount(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new RangeError(`${name}: expected a whole number of at least 1, got ${value}`);
  }
}

/**
 * Sums of clipped gradients are int32 values on a grid: checks that clip norm, model size and batch
 * size fit into it.
 */
function requireGrid({ model, physicalBatchSize, rowsPerUnit, plan }: ResolvedOptions): void {
  if (plan.clipNorm === Infinity) return;
  gridFactors(new Float32Array(0), plan.clipNorm, trainableValueCount(model));
  const most = mostUnitsOfInt32Sum * rowsPerUnit;
  if (physicalBatchSize <= most) return;
  throw new RangeError(
    `physicalBatchSize: expected at most ${most} examples, which are ${mostUnitsOfInt32Sum} units, got ` +
      `${physicalBatchSize}; take a smaller one: it changes time and memory, and not the sums`,
  );
}

function requireLearning(model: tfl.LayersModel): void {
  if (trainableVariables(model).length > 0) return;
  throw new Error(
    'this model has nothing to train: no layer has trainable weights; set trainable = true on the layers that ' +
      'are to learn, or add one',
  );
}

/**
 * The plan must account for the noise of every value; else the first step would be charged and then
 * refused.
 */
function requireValues(model: tfl.LayersModel, { data }: ResolvedOptions['plan']): void {
  const count = trainableValueCount(model);
  if (count <= data.valueCount) return;
  throw new RangeError(
    `valueCount: the plan accounts for ${data.valueCount} values, the model has ${count} trainable ones; ` +
      'plan for all of them',
  );
}

/**
 * Tolerated excess: twice the rounding error of a factor in float32, which the grid leaves room for
 * (`gridFactors`).
 */
const factorRounding = 2 ** -23;

/**
 * The rule's sensitivity must be the one that the plan's noise is scaled to; else the first step
 * would be charged and then refused.
 */
function requireClipping({ clipping, plan }: ResolvedOptions): void {
  const rule = createClippingRule(clipping, plan.clipNorm);
  const { name, sensitivity } = rule;
  if (!keepsUnitsApart(rule)) {
    throw new Error(
      `clipping: the rule "${name}" gives a norm another factor beside other norms, so that one unit changes what ` +
        'others add; compute each factor from its own norm alone',
    );
  }
  const excess = greatestExcess(rule);
  if (!(excess <= 1 + factorRounding)) {
    throw new Error(
      `clipping: the rule "${name}" lets a unit add ${excess} times its sensitivity of ${sensitivity}, so that the ` +
        'noise is too small; give factors ≥ 0 with factor · norm ≤ sensitivity (over √scopes where layers are scaled ' +
        'apart)',
    );
  }
  if (sensitivity === plan.clipNorm) return;
  throw new RangeError(
    `clipping: the rule "${name}" has sensitivity ${sensitivity} for the clip norm ${plan.clipNorm}, which the ` +
      "plan's noise is for; take a rule whose sensitivity is the clip norm, or, for a baseline without privacy, a " +
      "plan with guarantee: 'none', noiseMultiplier: 0 and clipNorm: null",
  );
}

/**
 * Greatest norm that a unit can contribute, as a multiple of the rule's sensitivity, over norms of
 * all sizes that float32 scales down exactly. NaN for an invalid factor. Gradients that are not
 * finite are left out, whatever their factor.
 */
function greatestExcess(rule: ClippingRule): number {
  const { scope, sensitivity } = rule;
  const norms = Float64Array.from({ length: 139 }, (_, i) => 10 ** ((i - 64) / 2));
  let greatest = 0;
  for (const scopes of scope === 'layer' ? [1, 3, 64] : [1]) {
    for (const [i, factor] of rule.factors(norms, scopes).entries()) {
      if (!(factor >= 0 && factor < Infinity)) return NaN;
      greatest = Math.max(greatest, (factor * norms[i]! * Math.sqrt(scopes)) / sensitivity);
    }
  }
  return greatest;
}

/** Whether a rule gives each norm the same factor alone and beside other norms. */
function keepsUnitsApart(rule: ClippingRule): boolean {
  const norms = [0, 1e-6, 0.01, 1, 100, 1e6, NaN, Infinity];
  return [1, 3].every((scopes) => {
    const together = rule.factors(Float64Array.from(norms), scopes);
    return norms.every((norm, i) =>
      Object.is(rule.factors(Float64Array.of(norm), scopes)[0], together[i]),
    );
  });
}

function checkSchedule({ schedule }: ResolvedOptions, layers: readonly ScheduledLayer[]): void {
  const { policy, format, otherFormat = 'float32', analysis } = schedule;
  for (const name of [format, otherFormat]) requirePerExampleScales(layerArithmetic(name));
  checkBudget({ ...schedule, layers });
  // Without quantizable layers no impacts are needed.
  if (!policy.usesLossImpacts || analysis || layers.length === 0) return;
  throw new RangeError(
    `schedule: the policy "${policy.name}" chooses by loss impacts, and without schedule.analysis none become ` +
      'known; give an estimator (perExample() of @dpquant/sensitivity) there, with a plan that has such analyses, or ' +
      'take a policy that needs none, as probabilistic()',
  );
}

function checkValidation({ model, validation, task, earlyStop }: ResolvedOptions): void {
  if (earlyStop && !validation) {
    throw new RangeError('earlyStop: expected public validation examples to judge by, got none');
  }
  if (!validation) return;
  if (earlyStop && validation.count === 0) {
    throw new RangeError(
      `earlyStop: "${validation.name}" has no examples to judge by; leave earlyStop out, or give some`,
    );
  }
  requireInputs('validation', model, validation);
  requireTask(model, validation, task);
}
