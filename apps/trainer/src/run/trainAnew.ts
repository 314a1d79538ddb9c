import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Dataset } from '@dpquant/data';
import { trainableValueCount } from '@dpquant/gradients';
import { TrainingPlan } from '@dpquant/mechanisms';
import { lossOf, type DPTrainerOptions, type ModelTask } from '@dpquant/training';
import { clippingRuleOf } from '../flags/clippingRules.ts';
import { optimizerOf } from '../flags/optimizers.ts';
import type { RunConfig } from './runRecords.ts';

export interface TrainedAnew {
  readonly model: LayersModel;
  readonly task: ModelTask;
  readonly training: Dataset;
  readonly steps: number;
  readonly noiseMultiplier: number;
  readonly schedule: DPTrainerOptions['schedule'];
  /** Also fixes sampling and noise, so that trainings of one seed differ in nothing else. */
  readonly insecureSeed?: number;
}

/**
 * The options of a trainer that trains a run's model again, with its data, sampling, clipping and
 * optimizer, without a guarantee: to look at values that privacy hides.
 */
export function trainAnew(
  { options, plan }: Pick<RunConfig, 'options' | 'plan'>,
  { model, task, training, steps, noiseMultiplier, schedule, insecureSeed }: TrainedAnew,
): Omit<DPTrainerOptions, 'ledger' | 'callbacks'> {
  return {
    model,
    loss: lossOf(model, task),
    training,
    plan: new TrainingPlan(
      {
        unitCount: plan.unitCount,
        sampleRate: plan.sampleRate,
        noiseMultiplier,
        // Whatever the run's is: what is shown is un-noised.
        guarantee: 'none',
        clipNorm: options.privacy ? options.clipNorm : null,
        steps,
        stepsPerEpoch: plan.stepsPerEpoch,
        valueCount: trainableValueCount(model),
      },
      { insecureSeed },
    ),
    optimizer: optimizerOf(options, plan.steps),
    clipping: clippingOf(options),
    schedule,
    seed: options.seed,
    physicalBatchSize: options.physicalBatchSize,
  };
}

/** Name of the rule that a run clips by, as `createClippingRule` knows it. */
export function clippingOf({ privacy, clipping }: RunConfig['options']): string {
  return privacy ? clippingRuleOf(clipping) : 'none';
}
