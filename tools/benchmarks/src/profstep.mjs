import {Session} from 'node:inspector/promises';import {writeFileSync} from 'node:fs';const ses=new Session();ses.connect();
import * as tf from '@tensorflow/tfjs-core';
import { ImageDataset } from '@dpquant/data';
import {
  accounting,
  backends,
  gradients,
  mechanisms,
  models,
  random,
  scheduling,
  training,
} from '/work/wt/bytes/tools/benchmarks/src/packages.mjs';

// `node trainingSpeed.mjs MODEL forward|plain|PERCENT THREADS BACKEND FORMAT`: images a second and
// peak megabytes of inference, or of training from end to end, sampling, noise and optimizer included; PERCENT of
// the layers in the format, the rest in float32. A process of its own, so that its memory is its own.

const settings = {
  'small-cnn': { build: models.smallCnn, inputShape: [28, 28, 1], batch: 256, steps: 4 },
  'small-cnn-32': { build: models.smallCnn, inputShape: [32, 32, 3], batch: 256, steps: 4 },
  mlp: { build: models.mlp, inputShape: [32, 32, 3], batch: 256, steps: 4 },
  resnet18: { build: models.resnet18, inputShape: [32, 32, 3], batch: 32, steps: 2 },
  'resnet18-256': { build: models.resnet18, inputShape: [32, 32, 3], batch: 256, steps: 2 },
  resnet50: { build: models.resnet50, inputShape: [32, 32, 3], batch: 8, steps: 2 },
  densenet121: { build: models.densenet121, inputShape: [32, 32, 3], batch: 8, steps: 2 },
};

const [name, variant, threads, backend, format = 'luq-fp4'] = process.argv.slice(2);
const { build, inputShape, batch, steps } = settings[name];
await backends.startBackend(backend, { threads: Number(threads) });
const model = build({ inputShape, classes: 10, seed: 1 });
const source = new random.SeededRandom(1, 'images');
const size = inputShape.reduce((a, b) => a * b);
const data = new ImageDataset({
  name: 'noise',
  pixels: Uint8Array.from({ length: batch * size }, () => random.uniformInteger(source, 256)),
  labels: Array.from({ length: batch }, (_, i) => i % 10),
  inputShape,
  classNames: Array.from({ length: 10 }, (_, i) => String(i)),
});

const times =
  variant === 'forward'
    ? await forwardPasses()
    : variant === 'plain'
      ? await plainSteps()
      : await privateSteps(Number(variant) / 100);
times.sort((a, b) => a - b);
backends.stopBackends();
process.stdout.write(
  JSON.stringify({
    examplesPerSecond: batch / times[Math.floor((times.length - 1) / 2)],
    megabytes: (process.resourceUsage().maxRSS * 1024) / 2 ** 20,
  }),
);

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
    physicalBatchSize: backend === 'webgpu' ? batch : Math.min(batch, 64),
    seed: 1,
    ledger: new accounting.PrivacyLedger(),
    callbacks: {
      onEpochBegin: async () => { last = performance.now(); await ses.post('Profiler.enable'); await ses.post('Profiler.setSamplingInterval',{interval:500}); await ses.post('Profiler.start'); },
      onStepEnd() {
        const now = performance.now();
        seconds.push((now - last) / 1000);
        last = now;
      },
    },
  });
  await trainer.run(); const {profile}=await ses.post('Profiler.stop'); writeFileSync(process.env.PROF,JSON.stringify(profile));
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

/** The same without privacy: TensorFlow.js's own gradient of the mean loss, and gradient descent. */
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
