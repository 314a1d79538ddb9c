import type * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { PrivacyLedger } from '@dpquant/accounting';
import { imageDataset, type Dataset } from '@dpquant/data';
import { softmaxCrossEntropy, trainableValueCount } from '@dpquant/gradients';
import { TrainingPlan, type PlanData } from '@dpquant/mechanisms';
import { SeededRandom, uniformInteger } from '@dpquant/random';
import { probabilistic } from '@dpquant/scheduling';
import { DPTrainer, sgd, type DPTrainerOptions } from '@dpquant/training';

/** Sixty images of 4×4 pixels of two classes: bright on the left, or on the right. */
export function lines(seed = 1): Dataset {
  const random = new SeededRandom(seed, 'lines');
  const labels = Array.from({ length: 60 }, (_, i) => i % 2);
  const pixels = Uint8Array.from({ length: 60 * 16 }, (_, i) => {
    const isBright = i % 4 < 2 === (labels[Math.floor(i / 16)] === 0);
    return (isBright ? 150 : 20) + uniformInteger(random, 80);
  });
  return imageDataset({
    ...{ name: 'lines', pixels, labels, inputShape: [4, 4, 1], classNames: ['left', 'right'] },
  });
}

/** A convolution, of which the first layer may be frozen, and two dense layers. */
export function linesModel(seed = 1, trainable = true): tfl.Sequential {
  const kernelInitializer = tfl.initializers.heNormal({ seed });
  const { conv2d, flatten, dense } = tfl.layers;
  return tfl.sequential({
    layers: [
      conv2d({
        ...{ name: 'conv', inputShape: [4, 4, 1], filters: 3, kernelSize: 3, trainable },
        ...{ activation: 'relu', kernelInitializer },
      }),
      flatten({ name: 'flat' }),
      dense({ name: 'hidden', units: 4, activation: 'tanh', kernelInitializer }),
      dense({ name: 'output', units: 2, kernelInitializer }),
    ],
  });
}

export const linesLoss = softmaxCrossEntropy;

export type Changes = Partial<Omit<DPTrainerOptions, 'plan'>> & {
  readonly plan?: Partial<PlanData>;
};

/** A short reproducible run with whatever a test changes. */
export function linesTrainer({ plan = {}, model = linesModel(), ...changes }: Changes) {
  const ledger = new PrivacyLedger();
  const trainer = new DPTrainer({
    ...{ model, ledger, loss: linesLoss, training: lines() },
    optimizer: sgd({ learningRate: 0.5, momentum: 0.5 }),
    schedule: { policy: probabilistic(), format: 'luq-fp4', budget: { quantizedFraction: 0.67 } },
    ...{ seed: 3, physicalBatchSize: 8 },
    ...changes,
    plan: new TrainingPlan(
      {
        ...{ unitCount: 60, sampleRate: 0.25, noiseMultiplier: 0.8, clipNorm: 1 },
        ...{ steps: 4, stepsPerEpoch: 2, valueCount: trainableValueCount(model) },
        ...plan,
      },
      { insecureSeed: 5 },
    ),
  });
  return { trainer, model, ledger };
}

/** All weights of a model in one list. */
export function weightsOf(model: tfl.LayersModel): number[] {
  return model.getWeights().flatMap((weight: tf.Tensor) => [...weight.dataSync()]);
}
