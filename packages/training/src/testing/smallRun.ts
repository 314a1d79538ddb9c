import type * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { PrivacyLedger } from '@dpquant/accounting';
import { imageDataset, type Dataset } from '@dpquant/data';
import { GroupNormalization, softmaxCrossEntropy, trainableValueCount } from '@dpquant/gradients';
import { TrainingPlan, type PlanData, type TrainingPlanOptions } from '@dpquant/mechanisms';
import { SeededRandom, uniformInteger } from '@dpquant/random';
import { probabilistic } from '@dpquant/scheduling';
import { sgd } from '../optimizers/sgd.ts';
import { DPTrainer } from '../trainer.ts';
import type { DPTrainerOptions } from '../trainerTypes.ts';

/** Sixty images of 4×4 pixels in two classes: bright on the left, or on the right. */
export function stripes(count = 60): Dataset {
  const random = new SeededRandom(1, 'stripes');
  const labels = Array.from({ length: count }, (_, i) => i % 2);
  const pixels = Uint8Array.from({ length: count * 16 }, (_, i) => {
    const isLeft = i % 4 < 2;
    const isBright = isLeft === (labels[Math.floor(i / 16)] === 0);
    return (isBright ? 150 : 20) + uniformInteger(random, 80);
  });
  return imageDataset({
    name: 'stripes',
    pixels,
    labels,
    inputShape: [4, 4, 1],
    classNames: ['left', 'right'],
  });
}

/** Convolution, group normalization and dense, with weights that depend on the seed alone. */
export function stripesModel(seed = 1): tfl.Sequential {
  const kernelInitializer = tfl.initializers.heNormal({ seed });
  return tfl.sequential({
    layers: [
      tfl.layers.conv2d({
        name: 'conv',
        inputShape: [4, 4, 1],
        filters: 4,
        kernelSize: 3,
        activation: 'relu',
        kernelInitializer,
      }),
      new GroupNormalization({ name: 'norm', groups: 2 }),
      tfl.layers.flatten(),
      tfl.layers.dense({ name: 'hidden', units: 4, activation: 'tanh', kernelInitializer }),
      tfl.layers.dense({ name: 'output', units: 2, kernelInitializer }),
    ],
  });
}

export const stripesPlan: PlanData = {
  unitCount: 60,
  sampleRate: 0.25,
  noiseMultiplier: 0.8,
  clipNorm: 1,
  steps: 8,
  stepsPerEpoch: 4,
  // Convolution, normalization and the two dense layers.
  valueCount: 40 + 8 + 260 + 10,
};

/** Options of the small run besides its plan and its ledger. */
export const stripesRun = () => ({
  model: stripesModel() as tfl.LayersModel,
  loss: softmaxCrossEntropy,
  training: stripes(),
  optimizer: sgd({ learningRate: 0.5, momentum: 0.5 }),
  schedule: { policy: probabilistic(), format: 'luq-fp4', budget: { quantizedFraction: 0.67 } },
  seed: 3,
  physicalBatchSize: 8,
});

interface SmallTrainerOptions extends Partial<Omit<DPTrainerOptions, 'plan'>> {
  /** Changes of the plan, and its state. */
  readonly plan?: Partial<PlanData> & TrainingPlanOptions;
}

/** A trainer of the small run with a test's changes. */
export function smallTrainer({ plan = {}, ...changes }: SmallTrainerOptions = {}) {
  const run = { ...stripesRun(), ledger: new PrivacyLedger(), ...changes };
  const { chargedSteps, chargedAnalyses, insecureSeed, state, ...planned } = plan;
  const standing = { chargedSteps, chargedAnalyses, insecureSeed, state };
  // The trainer refuses a model without trainable weights.
  const valueCount = Math.max(1, trainableValueCount(run.model));
  const trainingPlan = new TrainingPlan({ ...stripesPlan, valueCount, ...planned }, standing);
  const trainer = new DPTrainer({ ...run, plan: trainingPlan });
  return { trainer, model: run.model, ledger: run.ledger, plan: trainingPlan };
}

/** All weights of a model in one list. */
export function weightsOf(model: tfl.LayersModel): number[] {
  return model.getWeights().flatMap((weight: tf.Tensor) => [...weight.dataSync()]);
}
