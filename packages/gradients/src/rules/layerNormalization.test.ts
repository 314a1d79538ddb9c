import { beforeAll, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { checkGradients } from '../checkGradients.ts';
import { softmaxCrossEntropy } from '../losses.ts';
import { expectEqualToOracle } from '../testing/comparison.ts';
import { modelOf, randomBatch } from '../testing/models.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const { dense, flatten, layerNormalization } = tfl.layers;

it.each([
  ['both', {}],
  ['no scale', { scale: false }],
  ['no center', { center: false }],
  ['neither', { scale: false, center: false }],
])('with %s equals one example at a time', async (_, options) => {
  const model = modelOf(
    dense({ inputShape: [2, 4], units: 5, activation: 'tanh' }),
    layerNormalization(options),
    flatten(),
    dense({ units: 3 }),
  );
  const batch = randomBatch(4, [2, 4], 3);
  await expectEqualToOracle(model, batch, 'float32');
  await expectEqualToOracle(model, batch, 'luq-fp4');
  await checkGradients(model, batch, softmaxCrossEntropy);
  // A frozen layer does not run by its rule.
  model.layers[1]!.trainable = false;
  await expectEqualToOracle(model, batch, 'float32');
});
