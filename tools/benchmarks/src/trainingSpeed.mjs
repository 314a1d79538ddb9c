import * as tf from '@tensorflow/tfjs-core';
import { imageDataset, tableDataset } from '@dpquant/data';
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

// `node trainingSpeed.mjs MODEL forward|plain|PERCENT THREADS BACKEND FORMAT`: examples a second
// and peak megabytes of inference, or of training from end to end, sampling, noise and optimizer
// included; PERCENT of the layers in the format, the rest in float32. A process of its own, so that
// its memory is its own.

const [name, variant, threads, backend, format = 'luq-fp4'] = process.argv.slice(2);
const { build, inputShape, vocabulary, batch, steps } = trainingSettings[name];
await backends.startBackend(backend, { threads: Number(threads) });
const model = build({ inputShape, classes: 10, seed: 1 });
const data = vocabulary ? sequences() : images();

const times =
  variant === 'forward'
    ? await forwardPasses()
    : variant === 'plain'
      ? await plainSteps()
      : await privateSteps(Number(variant) / 100);
backends.stopBackends();
process.stdout.write(
  JSON.stringify({
    examplesPerSecond: batch / median(times),
    parameters: gradients.trainableValueCount(model),
    megabytes: (process.resourceUsage().maxRSS * 1024) / 2 ** 20,
  }),
);

/** Noise as images. */
function images() {
  return imageDataset({ name: 'noise', pixels: numbers(256), ...labelled() });
}

/** Noise as token ids. */
function sequences() {
  const values = numbers(vocabulary, Int32Array);
  return tableDataset({ name: 'noise', values, ...labelled() });
}

function numbers(bound, Numbers = Uint8Array) {
  const source = new random.SeededRandom(1, 'inputs');
  const length = inputShape.reduce((a, b) => a * b, batch);
  return Numbers.from({ length }, () => random.uniformInteger(source, bound));
}

function labelled() {
  return {
    labels: Array.from({ length: batch }, (_, i) => i % 10),
    inputShape,
    classNames: Array.from({ length: 10 }, (_, i) => String(i)),
  };
}

/** Seconds of each step but the first, which warms up. */
async function privateSteps(quantizedFraction) {
  const seconds = [];
  let last = performance.now();
  const trainer = new training.DPTrainer({
    model,
    loss: gradients.softmaxCrossEntropy,
    training: data,
    plan: new mechanisms.TrainingPlan({
      unitCount: batch,
      // Every example in every step, so that all variants do the same work.
      sampleRate: 1,
      noiseMultiplier: 1,
      clipNorm: 1,
      steps: steps + 1,
      stepsPerEpoch: steps + 1,
      valueCount: gradients.trainableValueCount(model),
    }),
    optimizer: training.sgd({ learningRate: 0.01 }),
    schedule: {
      policy: scheduling.staticPolicy(),
      format,
      budget: { quantizedFraction },
    },
    // A graphics processor has the memory for a whole batch.
    physicalBatchSize: backend === 'webgpu' ? batch : undefined,
    seed: 1,
    ledger: new accounting.PrivacyLedger(),
    callbacks: {
      onEpochBegin: () => void (last = performance.now()),
      onStepEnd() {
        const now = performance.now();
        seconds.push((now - last) / 1000);
        last = now;
      },
    },
  });
  await trainer.run();
  return seconds.slice(1);
}

/** What inference takes. */
async function forwardPasses() {
  const seconds = [];
  const { inputs } = await data.read(Array.from({ length: batch }, (_, i) => i));
  const x = tf.tensor(inputs, [batch, ...inputShape]);
  for (let step = 0; step <= steps; step++) {
    const start = performance.now();
    const logits = model.predict(x);
    await logits.data();
    logits.dispose();
    seconds.push((performance.now() - start) / 1000);
  }
  return seconds.slice(1);
}

/**
 * The same without privacy: TensorFlow.js's own gradient of the mean loss, and gradient descent.
 */
async function plainSteps() {
  const seconds = [];
  const optimizer = tf.train.sgd(0.01);
  const { inputs, targets } = await data.read(Array.from({ length: batch }, (_, i) => i));
  const x = tf.tensor(inputs, [batch, ...inputShape]);
  const y = tf.tensor1d(targets);
  for (let step = 0; step <= steps; step++) {
    const start = performance.now();
    const value = optimizer.minimize(
      () => tf.mean(gradients.softmaxCrossEntropy(model.apply(x, { training: true }), y)),
      true,
      gradients.trainableVariables(model),
    );
    await value.data();
    value.dispose();
    seconds.push((performance.now() - start) / 1000);
  }
  return seconds.slice(1);
}
