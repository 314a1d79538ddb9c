import * as tf from '@tensorflow/tfjs-core';
import type { PrivacyUnits } from '@dpquant/data';
import type { PassRandomness } from '@dpquant/gradients';
import type { Draw, TrainingPlan } from '@dpquant/mechanisms';
import { derivePhiloxKey, fillGaussian, SeededRandom } from '@dpquant/random';
import type {
  ImpactCandidate,
  LayerAssignment,
  LossImpactEstimator,
  LossProbe,
} from '@dpquant/sensitivity';
import type { Optimizer } from './optimizers/optimizer.ts';
import type { GradientSource, StepRequest } from './source/gradientSource.ts';
import type { ViewedRows } from './source/physicalBatches.ts';
import { readAnswer, readLosses } from './source/readAnswer.ts';
import { nextWeightsVersion } from './source/weightsVersion.ts';

/** What an analysis compares. */
export interface Comparison {
  readonly candidates: readonly ImpactCandidate[];
  readonly baseline: LayerAssignment;
}

/** How an analysis computes, and on what. */
export interface AnalysisSetting {
  readonly source: GradientSource;
  /** The trainable weights; a rollout changes them and then restores them. */
  readonly variables: readonly tf.Variable[];
  /** Version of the current weights. */
  readonly weightsVersion: number;
  readonly privacyUnits: PrivacyUnits;
  readonly plan: TrainingPlan;
  /** Its step is the next one. */
  readonly randomness: PassRandomness;
  /** Name of the clipping rule used in rollouts. */
  readonly clipping: string;
  readonly optimizer: Optimizer;
  readonly physicalBatchSize: number;
  /** Seed of the noise inside rollouts. That noise protects nothing: the release adds its own. */
  readonly seed: number;
  /** Ends the analysis before its next physical batch; the analysis rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Measures the loss impact of each candidate on the batches of one draw, and releases it with the
 * plan's noise. The draw must already be charged, durably. Weights and optimizer are restored
 * afterwards.
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
  const { gridUnit, sensitivity } = estimator;
  const released = await plan.releaseAnalysis(draw, { values, gridUnit, sensitivity });
  const impacts = estimator.toImpacts(released, expectedUnits(plan));
  return new Map(candidates.map(({ name }, i) => [name, impacts[i]!]));
}

/** Expected number of units in one batch of an analysis; public. */
function expectedUnits({ analyses, unitCount }: TrainingPlan): number {
  return analyses!.sampleRate * unitCount;
}

/** A sampled unit, with the row that it contributes. */
interface DrawnUnit {
  /** Public, and independent of which other units are in the data set. */
  readonly id: number;
  readonly row: number;
}

/** What an estimator may ask of the model, on the batches of one draw with one row per unit. */
function probeOf(draw: Draw, setting: AnalysisSetting): LossProbe {
  const { privacyUnits, plan } = setting;
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

/**
 * Share of a physical batch that a group fills on average, so that few groups need a second batch.
 */
const groupFilling = 0.75;

/**
 * The loss of each unit under each assignment, group after group.
 *
 * With stochastic rounding, an impact depends more on how the layer's weights were rounded than on
 * the examples. The units are therefore divided into groups by their id alone, and each group uses
 * different random bits. The average over units is then also an average over roundings, at no cost,
 * and a unit's losses still depend on that unit alone.
 */
async function lossesOf(
  assignments: readonly LayerAssignment[],
  units: readonly DrawnUnit[],
  { source, plan, randomness, weightsVersion, physicalBatchSize, signal }: AnalysisSetting,
): Promise<readonly Float64Array[]> {
  const ofPhysicalBatch = groupFilling * physicalBatchSize;
  const count = Math.max(1, Math.round(expectedUnits(plan) / ofPhysicalBatch));
  const groups = Array.from({ length: count }, (_, group) => ({
    ...rowsOf(units.filter(({ id }) => id % count === group)),
    randomness: { ...randomness, key: derivePhiloxKey(randomness.key, 'analysis', String(group)) },
  }));
  const request = {
    groups,
    assignments: assignments.map((assignment) => new Map(assignment)),
    weightsVersion,
    physicalBatchSize,
  };
  return readLosses(await source.losses(request, signal), request);
}

/** The mean loss after a few steps of DP-SGD from the current weights, which are then restored. */
async function rollOut(
  assignment: LayerAssignment,
  batches: readonly (readonly DrawnUnit[])[],
  evaluation: readonly DrawnUnit[],
  setting: AnalysisSetting,
): Promise<number> {
  const { source, variables, plan, optimizer, physicalBatchSize, seed, signal } = setting;
  const { randomness } = setting;
  const weights = variables.map((variable) => tf.clone(variable));
  const state = optimizer.state();
  const { clipNorm } = plan;
  const noiseDeviation = plan.noiseDeviation;
  // The same noise for all assignments, so that it does not hide their differences.
  const noise = new SeededRandom(seed, `rollout at step ${randomness.step}`);
  let { weightsVersion } = setting;
  try {
    for (const units of batches) {
      const request: StepRequest = {
        ...rowsOf(units),
        rowsPerUnit: 1,
        // A copy, since a source may keep and change it.
        assignment: new Map(assignment),
        clipping: { rule: setting.clipping, clipNorm },
        randomness: { ...randomness },
        weightsVersion,
        physicalBatchSize,
      };
      const { sums, gridUnit } = readAnswer(await source.sum(request, signal), request, variables);
      const mean = new Map(
        [...sums].map(([name, sum]) => {
          const values = new Float32Array(sum.length);
          fillGaussian(noise, values, noiseDeviation);
          return [
            name,
            values.map((value, i) => value + (sum[i]! * gridUnit) / expectedUnits(plan)),
          ];
        }),
      );
      optimizer.apply(variables, mean, { step: randomness.step, noiseDeviation });
      weightsVersion = nextWeightsVersion();
    }
    const [losses] = await lossesOf([assignment], evaluation, { ...setting, weightsVersion });
    return losses!.reduce((sum, value) => sum + value, 0) / Math.max(1, losses!.length);
  } finally {
    variables.forEach((variable, i) => variable.assign(weights[i]!));
    tf.dispose(weights);
    optimizer.restore(state);
  }
}
