import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { measureSideBySide } from './measure.mjs';

/** What privacy costs a step: clipped sums of per-example gradients beside the gradient of the mean. */
export default {
  name: 'gradients',
  description: 'private against non-private step of @dpquant/gradients, on the default backend',

  async run({ log }) {
    const { backends, gradients, mechanisms, models, quantization, random } = await loadPackages();
    const backend = await backends.startBackend('auto');
    log(`backend ${backend.name}; medians of a few turns, without optimizer and noise`);
    const settings = [
      { name: 'mlp', model: mlp(), inputShape: [784], classes: 10, batch: 128, turns: 9 },
      {
        name: 'small-cnn',
        model: models.smallCnn({ inputShape: [28, 28, 1], classes: 10, seed: 1 }),
        inputShape: [28, 28, 1],
        classes: 10,
        batch: 64,
        turns: 9,
      },
      {
        name: 'resnet18',
        model: models.resnet18({ inputShape: [32, 32, 3], classes: 10, seed: 1 }),
        inputShape: [32, 32, 3],
        classes: 10,
        batch: 8,
        turns: 3,
      },
    ];
    const rows = [];
    for (const { name, model, inputShape, classes, batch, turns } of settings) {
      const inputs = tf.randomNormal([batch, ...inputShape], 0, 1, 'float32', 1);
      const targets = tf.tensor1d(Array.from({ length: batch }, (_, i) => i % classes));
      const examples = {
        inputs,
        targets,
        mask: new Float32Array(batch).fill(1),
        keys: {
          rows: Uint32Array.from({ length: batch }, (_, i) => i),
          views: new Uint32Array(batch),
        },
      };
      const variables = gradients.trainableVariables(model);
      const plain = () => {
        const { value, grads } = tf.variableGrads(
          () =>
            tf.mean(
              gradients.softmaxCrossEntropy(model.apply(inputs, { training: true }), targets),
            ),
          variables,
        );
        // Reading a value of each makes sure that it was computed.
        for (const gradient of Object.values(grads)) gradient.dataSync();
        tf.dispose([value, grads]);
      };
      const forward = () => tf.tidy(() => model.apply(inputs, { training: true }).dataSync());
      const privately = (format) => async () => {
        const contribution = await gradients.contribute(model, examples, {
          loss: gradients.softmaxCrossEntropy,
          clipping: mechanisms.flatClipping(1),
          arithmetic: () => quantization.layerArithmetic(format),
          rounding: { key: random.philoxKeyFromSeed(1), step: 0 },
        });
        for (const sum of contribution.sums.values()) sum.dataSync();
        contribution.dispose();
      };
      const subjects = [
        { name: 'forward', operations: batch, run: forward },
        { name: 'plain', operations: batch, run: plain },
        { name: 'private', operations: batch, run: privately('float32') },
        { name: 'private, luq-fp4', operations: batch, run: privately('luq-fp4') },
      ];
      const results = await measureSideBySide(subjects, { turns });
      const plainTime = results[1].nanoseconds;
      for (const result of results) {
        rows.push({
          model: `${name}, batch ${batch}`,
          step: result.name,
          'examples/s': Number((1e9 / result.nanoseconds).toFixed(1)),
          'time / plain step': Number((result.nanoseconds / plainTime).toFixed(2)),
        });
      }
      tf.dispose([inputs, targets]);
      log(`${name} done`);
    }
    return rows;
  },
};

function mlp() {
  return tfl.sequential({
    layers: [
      tfl.layers.dense({ inputShape: [784], units: 256, activation: 'relu' }),
      tfl.layers.dense({ units: 128, activation: 'relu' }),
      tfl.layers.dense({ units: 10 }),
    ],
  });
}

async function loadPackages() {
  const names = ['backends', 'gradients', 'mechanisms', 'models', 'quantization', 'random'];
  try {
    const modules = await Promise.all(names.map((name) => import(`@dpquant/${name}`)));
    return Object.fromEntries(names.map((name, i) => [name, modules[i]]));
  } catch (cause) {
    throw new Error('the packages are not built: run `npm run build` first', { cause });
  }
}
