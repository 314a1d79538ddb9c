import * as tf from '@tensorflow/tfjs-core';
import { imageDataset } from '@dpquant/data';
import { median } from './measure.mjs';
import {
  accounting,
  backends,
  gradients,
  mechanisms,
  random,
  scheduling,
  training,
} from './packages.mjs';
import { trainingSettings } from './trainingSettings.mjs';

/** Models by name, with the pairs of steps that are measured after the first pair. */
const measured = { 'small-cnn': 30, resnet20: 6, resnet18: 3 };

/** What privacy costs: whole steps with and without it, in turns in one process. */
export default {
  name: 'overhead',
  description:
    'processor time of a private step over that of a plain one, in float32 (MODELS=a,b for some)',

  async run({ log }) {
    await backends.startBackend('wasm', { threads: 1 });
    const names = process.env.MODELS?.split(',') ?? Object.keys(measured);
    const rows = [];
    for (const name of names) {
      const pairs = await stepPairs(name, measured[name] ?? 4);
      const ratios = pairs.map(({ isPrivate, plain }) => isPrivate / plain);
      log(`${name}: ratios ${ratios.map((ratio) => ratio.toFixed(2)).join(' ')}`);
      const seconds = (of) => Number(median(pairs.map(of)).toFixed(3));
      rows.push({
        model: `${name}, batch ${trainingSettings[name].batch}`,
        'plain, s': seconds(({ plain }) => plain),
        'private, s': seconds(({ isPrivate }) => isPrivate),
        'private / plain': Number(median(ratios).toFixed(2)),
        'of the least': Number(
          (
            Math.min(...pairs.map(({ isPrivate }) => isPrivate)) /
            Math.min(...pairs.map(({ plain }) => plain))
          ).toFixed(2),
        ),
      });
    }
    return rows;
  },
};

/**
 * Processor seconds of a private step, sampling, noise and optimizer included, and of the plain
 * step after it, which is TensorFlow.js's own gradient of the mean loss and gradient descent.
 */
async function stepPairs(name, count) {
  const { build, inputShape, batch } = trainingSettings[name];
  const data = noiseImages(inputShape, batch);
  const plainStep = await plainSteps(build({ inputShape, classes: 10, seed: 1 }), data, batch);
  const model = build({ inputShape, classes: 10, seed: 1 });
  const pairs = [];
  let last = 0;
  const trainer = new training.DPTrainer({
    model,
    loss: gradients.softmaxCrossEntropy,
    training: data,
    plan: new mechanisms.TrainingPlan({
      unitCount: batch,
      // Every example in every step: both do the same work.
      sampleRate: 1,
      noiseMultiplier: 1,
      clipNorm: 1,
      steps: count + 1,
      stepsPerEpoch: count + 1,
      valueCount: gradients.trainableValueCount(model),
    }),
    optimizer: training.sgd({ learningRate: 0.01 }),
    schedule: {
      policy: scheduling.staticPolicy(),
      format: 'luq-fp4',
      budget: { quantizedFraction: 0 },
    },
    seed: 1,
    ledger: new accounting.PrivacyLedger(),
    callbacks: {
      onEpochBegin: () => void (last = processorSeconds()),
      async onStepEnd() {
        const between = processorSeconds();
        await plainStep();
        const end = processorSeconds();
        pairs.push({ isPrivate: between - last, plain: end - between });
        last = processorSeconds();
      },
    },
  });
  await trainer.run();
  return pairs.slice(1);
}

/** Of this process, which other programs of the machine change less than the time. */
function processorSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function plainSteps(model, data, batch) {
  const optimizer = tf.train.sgd(0.01);
  const { inputs, targets } = await data.read(Array.from({ length: batch }, (_, i) => i));
  const x = tf.tensor(inputs, [batch, ...data.inputShape]);
  const y = tf.tensor1d(targets);
  const variables = gradients.trainableVariables(model);
  return async () => {
    const value = optimizer.minimize(
      () => tf.mean(gradients.softmaxCrossEntropy(model.apply(x, { training: true }), y)),
      true,
      variables,
    );
    await value.data();
    value.dispose();
  };
}

function noiseImages(inputShape, count) {
  const source = new random.SeededRandom(1, 'inputs');
  const length = inputShape.reduce((a, b) => a * b, count);
  return imageDataset({
    name: 'noise',
    pixels: Uint8Array.from({ length }, () => random.uniformInteger(source, 256)),
    labels: Array.from({ length: count }, (_, i) => i % 10),
    inputShape,
    classNames: Array.from({ length: 10 }, (_, i) => String(i)),
  });
}
