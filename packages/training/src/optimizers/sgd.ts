import * as tf from '@tensorflow/tfjs-core';
import { checkedSchedule, type LearningRateSchedule } from './learningRateSchedules.ts';
import type { Optimizer } from './optimizer.ts';
import { gradientsOf, optimizerSlots } from './optimizerSlots.ts';

export interface SgdOptions {
  readonly learningRate: number | LearningRateSchedule;
  /** Share of the last step's velocity that is kept, in [0, 1). Default 0. */
  readonly momentum?: number;
}

/**
 * Stochastic gradient descent with momentum: v ← momentum·v + g, w ← w − learningRate·v. Without
 * momentum it has no state.
 *
 * @throws RangeError for invalid options
 */
export function sgd({ learningRate, momentum = 0 }: SgdOptions): Optimizer {
  const name = 'sgd';
  const schedule = checkedSchedule(learningRate);
  if (!(momentum >= 0 && momentum < 1)) {
    throw new RangeError(`momentum: expected a number in [0, 1), got ${momentum}`);
  }
  const slots = optimizerSlots(name, momentum === 0 ? [] : (['velocity'] as const));
  return {
    name,
    apply(variables, mean, { step }) {
      const rate = schedule(step);
      const gradients = gradientsOf(name, variables, mean);
      const velocities = momentum === 0 ? gradients : slots.perWeight('velocity', variables);
      variables.forEach((variable, i) => {
        const gradient = gradients[i]!;
        const velocity = velocities[i]!;
        if (momentum !== 0) {
          for (let j = 0; j < velocity.length; j++) {
            velocity[j] = momentum * velocity[j]! + gradient[j]!;
          }
        }
        tf.tidy(() => {
          const change = tf.mul(tf.tensor(velocity, variable.shape), rate);
          variable.assign(tf.sub(variable, change));
        });
      });
    },
    state: () => slots.state(),
    restore: (state) => slots.restore(state),
  };
}
