import '@tensorflow/tfjs-backend-cpu';
import { expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { trainPrivately, type Optimizer } from '@dpquant/training';
import { classifier, shortRun, signs } from './signs.ts';

/** An optimizer: every weight moves by a fixed length against the sign of its gradient. */
const signDescent = (step: number): Optimizer => ({
  name: `sign-descent ${step}`,
  apply(variables, mean) {
    for (const variable of variables) {
      const moved = tf.tidy(() => {
        const sign = tf.sign(tf.tensor(mean.get(variable.name)!, variable.shape));
        return tf.sub(variable, tf.mul(sign, step));
      });
      variable.assign(moved);
      moved.dispose();
    }
  },
  // It keeps nothing from step to step.
  state: () => new Map(),
  restore: () => undefined,
});

it('takes its steps by an optimizer of its own', async () => {
  const run = { ...shortRun, optimizer: signDescent(0.05) };
  const { metrics } = await trainPrivately(classifier(), signs(), run);
  expect(metrics.accuracy).toBeGreaterThan(0.8);
});
