import { afterEach, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { startBackend, stopBackends } from './index.ts';

afterEach(stopBackends);

const { layers } = tfl;

/** Layers whose windows skip pixels of their images, or are larger than the images. */
function model(): tfl.LayersModel {
  return tfl.sequential({
    layers: [
      layers.conv2d({
        ...{ inputShape: [12, 16, 1], filters: 4, kernelSize: [3, 1], strides: 2 },
        ...{ padding: 'same', activation: 'relu' },
      }),
      layers.depthwiseConv2d({ kernelSize: [1, 2], strides: 3, padding: 'same' }),
      layers.averagePooling2d({ poolSize: 3, strides: 1, padding: 'same' }),
      layers.maxPooling2d({ poolSize: 1, strides: 2, padding: 'same' }),
      layers.separableConv2d({ filters: 3, kernelSize: [3, 1], padding: 'same' }),
      layers.flatten(),
      layers.dense({ units: 3, activation: 'softmax' }),
    ],
  });
}

/** The model's predictions, and the gradient of each weight. */
async function results(backend: string): Promise<number[][]> {
  await startBackend(backend);
  const network = model();
  network.setWeights(
    network.getWeights().map(({ shape }, i) => tf.randomNormal(shape, 0, 1, 'float32', i + 1)),
  );
  const x = tf.randomNormal([5, 12, 16, 1], 0, 1, 'float32', 99);
  const predictions = network.predict(x) as tf.Tensor;
  const { grads } = tf.variableGrads(() =>
    tf.sum<tf.Scalar>(tf.square(network.apply(x, { training: true }) as tf.Tensor)),
  );
  const values = [predictions, ...network.trainableWeights.map(({ name }) => grads[name]!)].map(
    (tensor) => [...tensor.dataSync()],
  );
  stopBackends();
  return values;
}

it('predictions and gradients of a model on wasm equal those on cpu, for any windows', async () => {
  const expected = await results('cpu');
  const found = await results('wasm');
  expected.forEach((values, i) => {
    const largest = Math.max(...values.map(Math.abs));
    values.forEach((value, j) => {
      expect(Math.abs(found[i]![j]! - value)).toBeLessThan(1e-5 * largest);
    });
  });
});
