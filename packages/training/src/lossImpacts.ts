import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Dataset } from '@dpquant/data';
import { forwardLosses, trainableVariables, type ContributeOptions } from '@dpquant/gradients';
import type { ClippingRule, Draw, TrainingPlan } from '@dpquant/mechanisms';
import { layerArithmetic } from '@dpquant/quantization';
import { fillGaussian, SeededRandom } from '@dpquant/random';
import type {
  ImpactCandidate,
  LayerAssignment,
  LossImpactEstimator,
  LossProbe,
} from '@dpquant/sensitivity';
import { clippedSum } from './clippedSum.ts';
import type { Optimizer } from './optimizers/optimizer.ts';
import { forEachPhysicalBatch, type ViewedRows } from './unitRows.ts';

/** What an analysis looks at and how. */
export interface AnalysisSetting {
  readonly model: tfl.LayersModel;
  readonly training: Dataset;
  readonly plan: TrainingPlan;
  readonly loss: ContributeOptions['loss'];
  readonly rounding: ContributeOptions['rounding'];
  readonly clipping: (clipNorm: number) => ClippingRule;
  readonly optimizer: Optimizer;
  readonly physicalBatchSize: number;
  /** Fixes the noise within rollouts, which protects nothing: what an analysis releases has its own. */
  readonly seed: number;
  /** Number of the step that comes next. */
  readonly step: number;
}

/**
 * Measures the loss impact of each candidate on the batches of one draw, and releases it with the
 * plan's noise. The draw must have been charged, durably. Weights and optimizer are afterwards as they
 * were.
 *
 * @returns the released impacts, by candidate
 */
export async function releaseImpacts(
  candidates: readonly ImpactCandidate[],
  draw: Draw,
  estimator: LossImpactEstimator,
  setting: AnalysisSetting,
): Promise<Map<string, number>> {
  const { plan } = setting;
  const values = await estimator.measure(candidates, probeOf(draw, setting));
  const released = plan.releaseAnalysis(draw, { values, sensitivity: estimator.sensitivity });
  const expectedBatchSize = plan.analyses!.sampleRate * plan.unitCount;
  const impacts = estimator.toImpacts(released, expectedBatchSize);
  return new Map(candidates.map(({ name }, i) => [name, impacts[i]!]));
}

/** The model as an estimator sees it, on the batches of one draw: one row of each unit. */
function probeOf(draw: Draw, setting: AnalysisSetting): LossProbe {
  const { training, plan } = setting;
  const batches = draw.batches.map((units): ViewedRows => {
    const rows = plan.drawRows({ units }, (unit) => training.privacyUnits.rowsOf(unit));
    return { rows, views: new Uint32Array(rows.length) };
  });
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

/** The loss of each row under each assignment. */
async function lossesOf(
  assignments: readonly LayerAssignment[],
  rows: ViewedRows,
  { model, training, loss, rounding, physicalBatchSize }: AnalysisSetting,
): Promise<Float64Array[]> {
  const losses = assignments.map(() => new Float64Array(rows.rows.length));
  const arithmetics = assignments.map(arithmeticOf);
  let done = 0;
  await forEachPhysicalBatch(training, rows, physicalBatchSize, (batch, count) => {
    const found = forwardLosses(model, batch, { loss, rounding, arithmetics });
    losses.forEach((list, i) => list.set(found.losses[i]!.subarray(0, count), done));
    done += count;
    return Promise.resolve();
  });
  return losses;
}

/** The mean loss after a few steps of DP-SGD from where training stands, which it returns to. */
async function rollOut(
  assignment: LayerAssignment,
  batches: readonly ViewedRows[],
  evaluation: ViewedRows,
  setting: AnalysisSetting,
): Promise<number> {
  const { model, training, plan, optimizer, physicalBatchSize, loss, seed, step } = setting;
  const variables = trainableVariables(model);
  const weights = variables.map((variable) => tf.clone(variable));
  const state = optimizer.state();
  const { clipNorm } = plan;
  const noiseDeviation = plan.noiseDeviation;
  // The same for all assignments, so that it does not blur their differences.
  const noise = new SeededRandom(seed, `rollout at step ${step}`);
  try {
    for (const rows of batches) {
      const { sums } = await clippedSum(model, training, rows, physicalBatchSize, {
        loss,
        clipping: setting.clipping(clipNorm),
        arithmetic: arithmeticOf(assignment),
        rounding: setting.rounding,
      });
      const expected = plan.analyses!.sampleRate * plan.unitCount;
      const mean = new Map(
        [...sums].map(([name, sum]) => {
          const values = new Float32Array(sum.length);
          fillGaussian(noise, values, noiseDeviation);
          return [name, values.map((value, i) => value + sum[i]! / expected)];
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
