import { beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { checkIndependence } from './checkIndependence.ts';
import { softmaxCrossEntropy, type PerExampleLoss } from './losses.ts';
import { everyLayerModel, modelOf, randomBatch } from './testing/models.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

/** Subtracts the mean over the batch: a layer without weights that mixes examples. */
class CentreBatch extends tfl.layers.Layer {
  static readonly className = 'CentreBatch';
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    return tf.sub(x, tf.mean(x, 0, true));
  }
}

const { dense, dropout } = tfl.layers;

it('passes models that keep examples apart, and leaves nothing behind', async () => {
  const frozen = tfl.layers.batchNormalization();
  const model = modelOf(
    dense({ inputShape: [4], units: 5, activation: 'tanh' }),
    dropout({ rate: 0.5 }),
    frozen,
    dense({ units: 3 }),
  );
  frozen.setWeights(frozen.getWeights().map((weight) => tf.abs(weight)));
  frozen.trainable = false;
  const cases = [
    [everyLayerModel(), randomBatch(4, [7, 6, 2], 3)],
    [model, randomBatch(4, [4], 3)],
  ] as const;
  for (const [network, batch] of cases) {
    const before = tf.memory().numTensors;
    await checkIndependence(network, batch, softmaxCrossEntropy);
    expect(tf.memory().numTensors).toBe(before);
    expect(network.layers.some((layer) => Object.hasOwn(layer, 'call'))).toBe(false);
  }
});

it('names the layer that mixes examples', async () => {
  const model = modelOf(
    dense({ inputShape: [4], units: 5 }),
    new CentreBatch({ name: 'centre' }),
    dense({ units: 3 }),
  );
  await expect(
    checkIndependence(model, randomBatch(4, [4], 3), softmaxCrossEntropy),
  ).rejects.toThrow(/^layer "centre" \(CentreBatch\): changing one example changes/);
});

it('names a batch normalization that is in training, and a loss that mixes', async () => {
  const training = modelOf(
    tfl.layers.batchNormalization({ name: 'norm', inputShape: [4] }),
    dense({ units: 3 }),
  );
  const batch = randomBatch(4, [4], 3);
  await expect(checkIndependence(training, batch, softmaxCrossEntropy)).rejects.toThrow(
    /layer "norm"/,
  );
  const mixing: PerExampleLoss = (predictions, targets) => {
    const losses = softmaxCrossEntropy(predictions, targets);
    return tf.div(losses, tf.sum(losses));
  };
  await expect(
    checkIndependence(everyLayerModel(), randomBatch(3, [7, 6, 2], 3), mixing),
  ).rejects.toThrow(/^loss: changing one example/);
});

it('needs two examples', async () => {
  const one = randomBatch(1, [7, 6, 2], 3);
  await expect(checkIndependence(everyLayerModel(), one, softmaxCrossEntropy)).rejects.toThrow(
    /at least two examples, got 1/,
  );
});
