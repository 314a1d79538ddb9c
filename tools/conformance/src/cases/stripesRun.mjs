import * as tfl from '@tensorflow/tfjs-layers';
import { PrivacyLedger } from '@dpquant/accounting';
import { imageDataset } from '@dpquant/data';
import { GroupNormalization, softmaxCrossEntropy, trainableValueCount } from '@dpquant/gradients';
import { TrainingPlan } from '@dpquant/mechanisms';
import { SeededRandom, uniformInteger } from '@dpquant/random';
import { DPTrainer, sgd } from '@dpquant/training';

const count = 48;
const side = 6;
const pixelCount = side * side;

/** Images of two classes: bright on the left, or on the right. */
function stripes() {
  const random = new SeededRandom(1, 'stripes');
  return imageDataset({
    name: 'stripes',
    pixels: Uint8Array.from({ length: count * pixelCount }, (_, i) => {
      const isLeft = i % side < side / 2;
      const isOfFirstClass = Math.floor(i / pixelCount) % 2 === 0;
      return (isLeft === isOfFirstClass ? 150 : 20) + uniformInteger(random, 80);
    }),
    labels: Array.from({ length: count }, (_, i) => i % 2),
    inputShape: [side, side, 1],
    classNames: ['left', 'right'],
  });
}

/** Convolution, group normalization, pooling and dense layers; the weights are always the same. */
export function stripesModel() {
  const kernelInitializer = tfl.initializers.heNormal({ seed: 1 });
  return tfl.sequential({
    layers: [
      tfl.layers.conv2d({
        name: 'conv',
        inputShape: [side, side, 1],
        filters: 4,
        kernelSize: 3,
        padding: 'same',
        activation: 'relu',
        kernelInitializer,
      }),
      new GroupNormalization({ name: 'norm', groups: 2 }),
      tfl.layers.maxPooling2d({ poolSize: 2 }),
      tfl.layers.flatten(),
      tfl.layers.dense({ name: 'hidden', units: 5, activation: 'tanh', kernelInitializer }),
      tfl.layers.dense({ name: 'output', units: 2, kernelInitializer }),
    ],
  });
}

/**
 * A private run of `stripesModel`, under an insecure seed, so that every backend draws the same
 * examples and the same noise.
 */
export function stripesRun({
  steps,
  policy,
  format = 'luq-fp4',
  chargedSteps = 0,
  state,
  ...more
}) {
  const model = more.model ?? stripesModel();
  const planned = {
    unitCount: count,
    sampleRate: 0.25,
    noiseMultiplier: 0.8,
    clipNorm: 1,
    steps,
    stepsPerEpoch: 4,
    valueCount: trainableValueCount(model),
  };
  const plan = new TrainingPlan(planned, { chargedSteps, insecureSeed: 7, state });
  const trainer = new DPTrainer({
    model,
    loss: softmaxCrossEntropy,
    training: stripes(),
    plan,
    optimizer: sgd({ learningRate: 0.3, momentum: 0.5 }),
    schedule: { policy, format, budget: { quantizedFraction: 0.67 } },
    seed: 3,
    physicalBatchSize: 8,
    ledger: new PrivacyLedger(),
    callbacks: more.callbacks ?? {},
  });
  return { model, plan, trainer };
}

/** All weights of a model, by their numbers; disposes the model. */
export async function weightsOf(model) {
  const weights = {};
  for (const [i, weight] of model.getWeights().entries()) {
    weights[`weight ${i}`] = (await weight.data()).slice();
  }
  model.dispose();
  return weights;
}
