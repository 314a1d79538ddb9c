import { PrivacyLedger } from '@dpquant/accounting';
import { ImageDataset } from '@dpquant/data';
import { softmaxCrossEntropy } from '@dpquant/gradients';
import { TrainingPlan } from '@dpquant/mechanisms';
import { createModel } from '@dpquant/models';
import { SeededRandom, uniformInteger } from '@dpquant/random';
import { staticPolicy } from '@dpquant/scheduling';
import { DPTrainer, sgd } from '@dpquant/training';

/** What is trained, and how often. */
export interface RateOptions {
  readonly model: string;
  /** Format of all layers. */
  readonly format: string;
  readonly batchSize: number;
  /** Steps that count; one more comes before them, to warm up. */
  readonly steps: number;
}

const classes = 10;

/**
 * Images a second of private training on the current backend, from end to end, on images made up of noise: the
 * median of the steps.
 */
export async function trainingRate(options: RateOptions): Promise<number> {
  const { batchSize, steps } = options;
  const inputShape: [number, number, number] =
    options.model === 'small-cnn' ? [28, 28, 1] : [32, 32, 3];
  const model = createModel(options.model, { inputShape, classes, seed: 1 });
  const seconds: number[] = [];
  let last = 0;
  const trainer = new DPTrainer({
    model,
    loss: softmaxCrossEntropy,
    training: noise(batchSize, inputShape),
    // Every image in every step, so that all steps do the same work.
    plan: new TrainingPlan({
      unitCount: batchSize,
      sampleRate: 1,
      noiseMultiplier: 1,
      clipNorm: 1,
      steps: steps + 1,
      stepsPerEpoch: steps + 1,
    }),
    optimizer: sgd({ learningRate: 0.01 }),
    schedule: {
      policy: staticPolicy(),
      format: options.format,
      budget: { quantizedFraction: 1 },
    },
    physicalBatchSize: Math.min(batchSize, 64),
    seed: 1,
    ledger: new PrivacyLedger(),
    callbacks: {
      onEpochBegin: () => void (last = performance.now()),
      onStepEnd() {
        const now = performance.now();
        seconds.push((now - last) / 1000);
        last = now;
      },
    },
  });
  try {
    await trainer.run();
  } finally {
    model.dispose();
  }
  const counted = seconds.slice(1).sort((a, b) => a - b);
  return batchSize / counted[Math.floor((counted.length - 1) / 2)]!;
}

function noise(count: number, inputShape: [number, number, number]): ImageDataset {
  const random = new SeededRandom(1, 'bench');
  const size = count * inputShape.reduce((a, b) => a * b);
  return new ImageDataset({
    name: 'noise',
    pixels: Uint8Array.from({ length: size }, () => uniformInteger(random, 256)),
    labels: Uint8Array.from({ length: count }, (_, i) => i % classes),
    inputShape,
    classNames: Array.from({ length: classes }, (_, i) => String(i)),
  });
}
