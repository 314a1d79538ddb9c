import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from '@jest/globals';
import { startBackend, stopBackends, type Backend } from '@dpquant/backends';
import { trainPrivately } from '@dpquant/training';
import { classifier, shortRun, signs } from './signs.ts';

/** A backend: TensorFlow.js's plain one, under another name. */
const counting: Backend = {
  name: 'counting',
  isAutomatic: false,
  async start() {
    tf.registerBackend('counting', () => new MathBackendCPU());
    tf.copyRegisteredKernels('cpu', 'counting');
    await tf.setBackend('counting');
    return {
      tensorflowName: 'counting',
      device: 'loops in JavaScript',
      isSoftware: false,
      features: {
        float16: false,
        integerDotProduct: false,
        subgroups: false,
        simd: false,
        threads: 1,
      },
    };
  },
};

it('trains on a backend of its own', async () => {
  const { name, device } = await startBackend(counting);
  expect([name, device, tf.getBackend()]).toEqual(['counting', 'loops in JavaScript', 'counting']);
  const { metrics } = await trainPrivately(classifier(), signs(), shortRun);
  expect(metrics.accuracy).toBeGreaterThan(0.8);
  stopBackends();
});
