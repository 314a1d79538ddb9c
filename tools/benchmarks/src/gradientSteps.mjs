import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { backends, gradients, mechanisms, models, quantization, random } from './packages.mjs';
import { transformerBlock } from './transformerBlock.mjs';

/** The models whose steps are measured: name → {batch, turns, build(), inputs(batch)}. */
const settings = {
  mlp: { batch: 128, turns: 9, build: mlp, shape: [784] },
  'small-cnn': {
    batch: 64,
    turns: 9,
    build: () => models.smallCnn({ inputShape: [28, 28, 1], classes: 10, seed: 1 }),
    shape: [28, 28, 1],
  },
  transformer: { batch: 32, turns: 5, build: transformerBlock, shape: [64], vocabulary: 1000 },
  resnet18: {
    batch: 8,
    turns: 3,
    build: () => models.resnet18({ inputShape: [32, 32, 3], classes: 10, seed: 1 }),
    shape: [32, 32, 3],
  },
};

export const modelNames = Object.keys(settings);

/**
 * What can be measured of a model: each is a function that does one step, at once or as a promise.
 */
export async function gradientSteps(name) {
  const { batch, turns, build, shape, vocabulary } = settings[name];
  const backend = await backends.startBackend('auto');
  const model = build();
  const inputs = vocabulary
    ? tf.randomUniform([batch, ...shape], 0, vocabulary, 'int32', 1)
    : tf.randomNormal([batch, ...shape], 0, 1, 'float32', 1);
  const targets = tf.tensor1d(Array.from({ length: batch }, (_, i) => i % 10));
  const examples = {
    inputs,
    targets,
    mask: new Float32Array(batch).fill(1),
    keys: { rows: Uint32Array.from({ length: batch }, (_, i) => i), views: new Uint32Array(batch) },
  };
  const variables = gradients.trainableVariables(model);
  const loss = gradients.softmaxCrossEntropy;
  const forward = () => tf.tidy(() => model.apply(inputs, { training: true }).dataSync());
  const plain = () => {
    const { value, grads } = tf.variableGrads(
      () => tf.mean(loss(model.apply(inputs, { training: true }), targets)),
      variables,
    );
    // Reading a value of each makes sure that it was computed.
    for (const gradient of Object.values(grads)) gradient.dataSync();
    tf.dispose([value, grads]);
  };
  /** @param marks gets the time at which each part of the step ends, if it is given */
  const privately = (format, marks) => async () => {
    const mark = (part) => marks?.push([part, performance.now()]);
    mark('start');
    const flat = mechanisms.flatClipping(1);
    await gradients.contribute(model, examples, {
      // What is asked for between the parts of a step tells when one ends.
      loss: (predictions, labels) => {
        predictions.dataSync();
        mark('forward');
        return loss(predictions, labels);
      },
      clipping: {
        name: flat.name,
        sensitivity: flat.sensitivity,
        get scope() {
          mark('backward');
          return flat.scope;
        },
        factors: (...norms) => {
          mark('norms');
          return flat.factors(...norms);
        },
      },
      arithmetic: () => quantization.layerArithmetic(format),
      randomness: { key: random.philoxKeyFromSeed(1), step: 0 },
    });
    mark('weighted gradients');
  };
  return { backend: backend.name, batch, turns, forward, plain, privately };
}

function mlp() {
  return tfl.sequential({
    layers: [
      tfl.layers.dense({ inputShape: [784], units: 256, activation: 'relu' }),
      tfl.layers.dense({ units: 128, activation: 'relu' }),
      tfl.layers.dense({ units: 10 }),
    ],
  });
}
