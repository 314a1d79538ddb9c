import * as tf from '@tensorflow/tfjs-core';
import { arrayDataset, partsOf } from '@dpquant/data';
import { TrainingPlan, type PlanData } from '@dpquant/mechanisms';
import { fullPrecision, probabilistic } from '@dpquant/scheduling';
import type { DurableRunParts } from '../durable/runParts.ts';
import { syntheticExamples } from '../syntheticExamples.ts';
import { withExclusiveModel } from '../exclusiveModel.ts';
import { sgd } from '../optimizers/sgd.ts';
import { defaultPhysicalBatchSize } from '../source/defaultPhysicalBatchSize.ts';
import { stepSeconds } from '../stepSeconds.ts';

/** Duration of a training, estimated from a few steps. */
export interface TimedTraining {
  readonly secondsPerStep: number;
  readonly secondsPerAnalysis: number;
}

/** Number of timed steps, after one warm-up step. */
const steps = 2;

/**
 * Times steps of a planned training on synthetic examples, with one and with two physical batches,
 * and extrapolates to its batch size. The budgeted share of layers, chosen at random, runs in the
 * format. The model's weights are restored afterwards.
 */
export async function timedTraining(parts: DurableRunParts): Promise<TimedTraining> {
  return withExclusiveModel(parts.model, () => timed(parts));
}

async function timed(parts: DurableRunParts): Promise<TimedTraining> {
  const { model, plan, rowsPerUnit = 1 } = parts;
  const { unitCount, sampleRate, analyses } = plan;
  const units = Math.max(1, Math.round(sampleRate * unitCount));
  const rows = parts.physicalBatchSize ?? defaultPhysicalBatchSize(model, plan, rowsPerUnit);
  const unitsAtATime = Math.max(1, Math.floor(rows / rowsPerUnit));
  const weights = model.getWeights().map((weight) => tf.clone(weight));
  try {
    const few = Math.min(units, unitsAtATime);
    const one = await secondsOf(few, parts);
    const more = Math.min(units, 2 * unitsAtATime);
    const two = more > few ? await secondsOf(more, parts) : one;
    const batches = (count: number) => Math.ceil(count / unitsAtATime);
    const each = Math.max(0, two.step - one.step);
    return {
      secondsPerStep: one.step + (batches(units) - 1) * each,
      secondsPerAnalysis: analyses ? (one.analysis * analyses.sampleRate * unitCount) / few : 0,
    };
  } finally {
    model.setWeights(weights);
    tf.dispose(weights);
  }
}

/** The fastest step, since other programs only make steps slower, and an analysis. */
async function secondsOf(
  unitCount: number,
  { training, schedule, rowsPerUnit = 1, ...parts }: DurableRunParts,
): Promise<{ readonly step: number; readonly analysis: number }> {
  const { analyses } = parts.plan;
  const { analysis, policy, ...rest } = schedule;
  const { inputs, targets } = syntheticExamples(training, unitCount);
  const { inputShape, targetShape, classNames } = training;
  const times = await stepSeconds({
    ...{ model: parts.model, loss: parts.loss, seed: parts.seed, rowsPerUnit },
    clipping: parts.clipping,
    physicalBatchSize: parts.physicalBatchSize,
    training: {
      ...arrayDataset({
        ...{ name: 'synthetic examples', inputs, inputShape, targets, targetShape, classNames },
      }),
      ...partsOf(training),
    },
    plan: new TrainingPlan({
      ...noiseOf(parts.plan),
      // All units in every step, so that all steps do the same work.
      ...{ unitCount, sampleRate: 1, steps: steps + 1, stepsPerEpoch: steps + 1 },
      valueCount: parts.plan.valueCount,
      ...(analyses && { analyses: { ...analyses, sampleRate: 1, start: 0, count: 1 } }),
    }),
    // The time does not depend on the rate; a small one keeps the weights nearly unchanged.
    optimizer: sgd({ learningRate: 1e-6 }),
    schedule: {
      ...rest,
      interval: undefined,
      policy: policy.name === fullPrecision().name ? fullPrecision() : probabilistic(),
      ...(analysis && analyses && { analysis: { ...analysis, adaptive: false } }),
    },
  });
  return { step: Math.min(...times.steps), analysis: times.analyses };
}

function noiseOf({
  noiseMultiplier,
  clipNorm,
  quantileClipping,
  guarantee,
}: PlanData): Pick<PlanData, 'noiseMultiplier' | 'clipNorm' | 'quantileClipping' | 'guarantee'> {
  return {
    noiseMultiplier,
    clipNorm,
    ...(quantileClipping && { quantileClipping }),
    ...(guarantee && { guarantee }),
  };
}
