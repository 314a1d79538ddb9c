import * as tf from '@tensorflow/tfjs-core';
import type { Optimizer } from './optimizer.ts';

export interface SgdOptions {
  readonly learningRate: number;
  /** Share of the last step's velocity that is kept, in [0, 1). Default 0. */
  readonly momentum?: number;
}

/** Stochastic gradient descent with momentum: v ← momentum·v + g, w ← w − learningRate·v. */
export function sgd({ learningRate, momentum = 0 }: SgdOptions): Optimizer {
  if (!(learningRate > 0 && learningRate < Infinity)) {
    throw new RangeError(`learning rate: expected a positive number, got ${learningRate}`);
  }
  if (!(momentum >= 0 && momentum < 1)) {
    throw new RangeError(`momentum: expected a number in [0, 1), got ${momentum}`);
  }
  let velocities: Float32Array[] = [];
  return {
    name: 'sgd',
    apply(variables, mean) {
      if (velocities.length === 0) {
        velocities = variables.map((variable) => new Float32Array(variable.size));
      }
      variables.forEach((variable, i) => {
        const gradient = mean.get(variable.name);
        if (!gradient) throw new Error(`sgd: no gradient for the weight "${variable.name}"`);
        const velocity = velocities[i]!;
        for (let j = 0; j < velocity.length; j++) {
          velocity[j] = momentum * velocity[j]! + gradient[j]!;
        }
        tf.tidy(() => {
          const step = tf.mul(tf.tensor(velocity, variable.shape), learningRate);
          variable.assign(tf.sub(variable, step));
        });
      });
    },
    state: () => new Map([['velocity', velocities.map((velocity) => velocity.slice())]]),
    restore(state) {
      velocities = (state.get('velocity') ?? []).map((velocity) => velocity.slice());
    },
  };
}
