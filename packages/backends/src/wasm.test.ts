import { afterEach, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { startBackend, stopBackends } from './index.ts';

afterEach(stopBackends);

it('starts after cpu, which tells TensorFlow.js that this is not Node', async () => {
  await startBackend('cpu');
  await startBackend('wasm');
  expect([...(await tf.add([1, 2], 1).data())]).toEqual([2, 3]);
});
