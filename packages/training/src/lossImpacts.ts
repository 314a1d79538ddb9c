import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Dataset } from '@dpquant/data';
import { forwardLosses, trainableVariables, type ContributeOptions } from '@dpquant/gradients';
import type { ClippingRule, Draw, TrainingPlan } from '@dpquant/mechanisms';
import { layerArithmetic } from '@dpquant/quantization';
import { derivePhiloxKey, fillGaussian, SeededRandom } from '@dpquant/random';
import type {
  ImpactCandidate,
  LayerAssignment,
  LossImpactEstimator,
  LossProbe,
} from '@dpquant/sensitivity';
import { clippedSum } from './clippedSum.ts';
import type { Optimizer } from './optimizers/optimizer.ts';
import { forEachPhysicalBatch, type TensorBatch, type ViewedRows } from './unitRows.ts';

/** What an analysis compares. */
export interface Comparison {
  readonly candidates: readonly ImpactCandidate[];
  readonly baseline: LayerAssignment;
}

/** What an analysis looks at and how. */
export interface AnalysisSetting {
  readonly model: tfl.LayersModel;
  readonly training: Dataset;
  readonly plan: TrainingPlan;
  readonly loss: ContributeOptions['loss'];
  /** Its step is the one that comes next. */
  readonly rounding: ContributeOptions['rounding'];
  readonly clipping: (clipNorm: number) => ClippingRule;
  readonly optimizer: Optimizer;
  readonly physicalBatchSize: number;
  /** Fixes the noise within rollouts, which protects nothing: what an analysis releases has its own. */
  readonly seed: number;
  /** Ends the analysis before its next physical batch, by its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Measures the loss impact of each candidate on the batches of one draw, and releases it with the
 * plan's noise. The draw must have been charged, durably. Weights and optimizer are afterwards as they
 * were.
 *
 * @returns the released impacts, by candidate
 */
export async function releaseImpacts(
  { candidates, baseline }: Comparison,
  draw: Draw,
  estimator: LossImpactEstimator,
  setting: AnalysisSetting,
): Promise<Map<string, number>> {
  const { plan } = setting;
  const values = await estimator.measure(candidates, probeOf(draw, setting), baseline);
  const released = await plan.releaseAnalysis(draw, { values, sensitivity: estimator.sensitivity });
  const impacts = estimator.toImpacts(released, expectedUnits(plan));
  return new Map(candidates.map(({ name }, i) => [name, impacts[i]!]));
}

/** Expected number of units in one batch of an analysis: public. */
function expectedUnits({ analyses, unitCount }: TrainingPlan): number {
  return analyses!.sampleRate * unitCount;
}

/** A unit of a batch, with the row that it contributes. */
interface DrawnUnit {
  /** Public, and the same whoever else is in the data set. */
  readonly id: number;
  readonly row: number;
}

/** The model as an estimator sees it, on the batches of one draw: one row of each unit. */
function probeOf(draw: Draw, setting: AnalysisSetting): LossProbe {
  const { training, plan } = setting;
  const { privacyUnits } = training;
  const batches = draw.batches.map((units) =>
    Array.from(units).flatMap((unit): DrawnUnit[] => {
      const one = { units: Uint32Array.of(unit) };
      const [row] = plan.drawRows(one, (each) => privacyUnits.rowsOf(each));
      return row === undefined ? [] : [{ id: privacyUnits.idOf?.(unit) ?? unit, row }];
    }),
  );
  return {
    lossesOf: (assignments, batch) => lossesOf(assignments, batches[batch]!, setting),
    rollout: (assignment, numbers, evaluation) =>
      rollOut(
        assignment,
        numbers.map((number) => batches[number]!),
        batches[evaluation]!,
        setting,
      ),
  };
}

function rowsOf(units: readonly DrawnUnit[]): ViewedRows {
  const rows = Uint32Array.from(units, ({ row }) => row);
  return { rows, views: new Uint32Array(rows.length) };
}

/** Share of a physical batch that a group of rows fills on average: few need a second batch. */
const groupFilling = 0.75;

/**
 * The loss of each unit under each assignment, group after group.
 *
 * Stochastic rounding makes an impact depend on the bits that a layer's weights happened to be rounded
 * with, more than on the examples. The units are therefore cut into groups by their id alone, and each
 * group sees other bits: an average over the units is one over roundings too, at no cost, and a unit's
 * losses still depend on that unit alone.
 */
async function lossesOf(
  assignments: readonly LayerAssignment[],
  units: readonly DrawnUnit[],
  { model, training, plan, loss, rounding, physicalBatchSize, signal }: AnalysisSetting,
): Promise<Float64Array[]> {
  const losses = assignments.map(() => new Float64Array(units.length));
  const arithmetics = assignments.map(arithmeticOf);
  const ofPhysicalBatch = groupFilling * physicalBatchSize;
  const groups = Math.max(1, Math.round(expectedUnits(plan) / ofPhysicalBatch));
  let done = 0;
  for (let group = 0; group < groups; group++) {
    const own = units.filter(({ id }) => id % groups === group);
    const key = derivePhiloxKey(rounding.key, 'analysis', String(group));
    const look = async (batch: TensorBatch, count: number) => {
      const { step } = rounding;
      const found = await forwardLosses(model, batch, {
        loss,
        rounding: { key, step },
        arithmetics,
      });
      losses.forEach((list, i) => list.set(found.losses[i]!.subarray(0, count), done));
      done += count;
    };
    await forEachPhysicalBatch(training, rowsOf(own), physicalBatchSize, look, signal);
  }
  return losses;
}

/** The mean loss after a few steps of DP-SGD from where training stands, which it returns to. */
async function rollOut(
  assignment: LayerAssignment,
  batches: readonly (readonly DrawnUnit[])[],
  evaluation: readonly DrawnUnit[],
  setting: AnalysisSetting,
): Promise<number> {
  const { model, training, plan, optimizer, physicalBatchSize, loss, seed, signal } = setting;
  const { step } = setting.rounding;
  const variables = trainableVariables(model);
  const weights = variables.map((variable) => tf.clone(variable));
  const state = optimizer.state();
  const { clipNorm } = plan;
  const noiseDeviation = plan.noiseDeviation;
  // The same for all assignments, so that it does not blur their differences.
  const noise = new SeededRandom(seed, `rollout at step ${step}`);
  try {
    for (const units of batches) {
      const options = {
        loss,
        clipping: setting.clipping(clipNorm),
        arithmetic: arithmeticOf(assignment),
        rounding: setting.rounding,
      };
      const rows = rowsOf(units);
      const { sums } = await clippedSum(model, training, rows, physicalBatchSize, options, signal);
      const mean = new Map(
        [...sums].map(([name, sum]) => {
          const values = new Float32Array(sum.length);
          fillGaussian(noise, values, noiseDeviation);
          return [name, values.map((value, i) => value + sum[i]! / expectedUnits(plan))];
        }),
      );
      optimizer.apply(variables, mean, { step, noiseDeviation });
    }
    const [losses] = await lossesOf([assignment], evaluation, setting);
    return losses!.reduce((sum, value) => sum + value, 0) / Math.max(1, losses!.length);
  } finally {
    variables.forEach((variable, i) => variable.assign(weights[i]!));
    tf.dispose(weights);
    optimizer.restore(state);
  }
}

function arithmeticOf(assignment: LayerAssignment) {
  return (layer: string) => layerArithmetic(assignment.get(layer) ?? 'float32');
}
