import { imageDataset, type Dataset } from '@dpquant/data';
import { medianOf } from '@dpquant/experiments';
import { softmaxCrossEntropy, trainableValueCount } from '@dpquant/gradients';
import { TrainingPlan } from '@dpquant/mechanisms';
import { SeededRandom, uniformInteger } from '@dpquant/random';
import { staticPolicy } from '@dpquant/scheduling';
import { sgd, stepSeconds } from '@dpquant/training';
import { benchClasses, benchModel } from '../models/benchModel.ts';

/** What is trained, and how often. */
export interface RateOptions {
  readonly model: string;
  /** Format of the layers. */
  readonly format: string;
  /** Names of the layers in the format; the others are in float32. */
  readonly layers: readonly string[];
  readonly batchSize: number;
  /** Steps that count; one more comes before them, to warm up. */
  readonly steps: number;
}

/**
 * Images a second of private training on the current backend, from end to end, on images made up of
 * noise: the median of the steps.
 */
export async function trainingRate(options: RateOptions): Promise<number> {
  const { batchSize, steps } = options;
  const { model, inputShape } = benchModel(options.model);
  const plan = {
    // Every image in every step, so that all steps do the same work.
    ...{ unitCount: batchSize, sampleRate: 1, noiseMultiplier: 1, clipNorm: 1 },
    ...{ steps: steps + 1, stepsPerEpoch: steps + 1 },
    valueCount: trainableValueCount(model),
  };
  try {
    const { steps: seconds } = await stepSeconds({
      model,
      loss: softmaxCrossEntropy,
      training: noise(batchSize, inputShape),
      plan: new TrainingPlan(plan),
      optimizer: sgd({ learningRate: 0.01 }),
      schedule: {
        policy: staticPolicy({ layers: options.layers }),
        format: options.format,
        budget: { quantizedLayers: options.layers.length },
      },
      seed: 1,
    });
    return batchSize / medianOf(seconds);
  } finally {
    model.dispose();
  }
}

function noise(count: number, inputShape: [number, number, number]): Dataset {
  const random = new SeededRandom(1, 'bench');
  const size = count * inputShape.reduce((a, b) => a * b);
  return imageDataset({
    name: 'noise',
    pixels: Uint8Array.from({ length: size }, () => uniformInteger(random, 256)),
    labels: Uint8Array.from({ length: count }, (_, i) => i % benchClasses),
    inputShape,
    classNames: Array.from({ length: benchClasses }, (_, i) => String(i)),
  });
}
