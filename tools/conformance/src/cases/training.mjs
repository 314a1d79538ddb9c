import * as tfl from '@tensorflow/tfjs-layers';
import { PrivacyLedger } from '@dpquant/accounting';
import { ImageDataset } from '@dpquant/data';
import { GroupNormalization, softmaxCrossEntropy } from '@dpquant/gradients';
import { TrainingPlan } from '@dpquant/mechanisms';
import { layerArithmetic, registerArithmetic } from '@dpquant/quantization';
import { SeededRandom, uniformInteger } from '@dpquant/random';
import { fullPrecision, probabilistic } from '@dpquant/scheduling';
import { DPTrainer, sgd } from '@dpquant/training';
import * as tf from '@tensorflow/tfjs-core';

const count = 48;

/** Images of two classes: bright on the left, or on the right. */
function stripes() {
  const random = new SeededRandom(1, 'stripes');
  return new ImageDataset({
    name: 'stripes',
    pixels: Uint8Array.from({ length: count * 36 }, (_, i) => {
      const isLeft = i % 6 < 3;
      return (isLeft === (Math.floor(i / 36) % 2 === 0) ? 150 : 20) + uniformInteger(random, 80);
    }),
    labels: Array.from({ length: count }, (_, i) => i % 2),
    inputShape: [6, 6, 1],
    classNames: ['left', 'right'],
  });
}

/** Convolution, group normalization, pooling and dense layers; weights depend on the seed alone. */
function stripesModel() {
  const kernelInitializer = tfl.initializers.heNormal({ seed: 1 });
  return tfl.sequential({
    layers: [
      tfl.layers.conv2d({
        name: 'conv',
        inputShape: [6, 6, 1],
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

/** A private run under an insecure seed, so that every backend draws the same examples and the same noise. */
function trainerOf({ model, steps, format, policy, state, chargedSteps = 0 }) {
  const plan = new TrainingPlan({
    unitCount: count,
    sampleRate: 0.25,
    noiseMultiplier: 0.8,
    clipNorm: 1,
    steps,
    chargedSteps,
    insecureSeed: 7,
    ...(state && { state }),
  });
  const trainer = new DPTrainer({
    model,
    loss: softmaxCrossEntropy,
    training: stripes(),
    plan,
    stepsPerEpoch: 4,
    optimizer: sgd({ learningRate: 0.3, momentum: 0.5 }),
    schedule: { policy, format, budget: { quantizedFraction: 1 } },
    seed: 3,
    physicalBatchSize: 8,
    ledger: new PrivacyLedger(),
  });
  return { trainer, plan };
}

async function weightsOf(model) {
  const weights = {};
  for (const [i, weight] of model.getWeights().entries()) {
    weights[`weight ${i}`] = (await weight.data()).slice();
  }
  return weights;
}

async function trained({ steps, format = 'luq-fp4', policy }) {
  const model = stripesModel();
  const { trainer } = trainerOf({ model, steps, format, policy });
  const { position } = await trainer.run();
  const weights = await weightsOf(model);
  model.dispose();
  return { weights, position };
}

const float32Run = {
  group: 'training',
  name: 'weights after 20 private steps in float32',
  agreement: { relative: 1e-4 },
  compute: async () => (await trained({ steps: 20, policy: fullPrecision() })).weights,
};

const { recorded, arithmetic } = recordingArithmetic('luq-fp4');

/** An arithmetic that keeps all codes that it gives. */
function recordingArithmetic(format) {
  const recorded = [];
  const inner = layerArithmetic(format);
  const recording = (quantizer) => ({
    ...quantizer,
    async quantize(x, rounding, examples) {
      const operand = await quantizer.quantize(x, rounding, examples);
      recorded.push(tf.keep(tf.clone(operand.codes)));
      return operand;
    },
  });
  return { recorded, arithmetic: { ...inner, name: `recorded-${format}` } , recording };
}
