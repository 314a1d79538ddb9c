import * as tf from '@tensorflow/tfjs-core';
import type { OptimizerState } from './optimizers/optimizer.ts';

/**
 * Slot `average` holds the averages, one array per weight; slot `updates` holds the update count.
 */
export type WeightAverageState = OptimizerState;

export interface WeightAverageOptions {
  /** Decay d in [0, 1): the average spans about the last 1/(1 − d) steps. */
  readonly decay: number;
}

/**
 * Exponential moving average (EMA) of the weights. It is computed from released values alone, so it
 * is post-processing and costs no privacy; De et al. (arXiv 2204.13650) gain accuracy by it.
 *
 * The average starts at zero and is corrected for that bias: after t updates, the weights wᵢ of
 * step i count with (1−d)·dᵗ⁻ⁱ/(1−dᵗ), which sums to 1. After the first update it equals the
 * weights, and in a run that is short for the decay it is close to their plain mean. An average
 * started from the initial weights would instead keep a share dᵗ⁻¹ of them: 90 % after 1,000 steps
 * at d = 0.9999.
 *
 * The averages stay on the backend; `update` and `apply` read nothing back. This object owns them
 * until `dispose`.
 */
export class WeightAverage {
  readonly #decay: number;
  /** One flat tensor per weight, so that the state needs no shapes. */
  #averages: tf.Variable[] = [];
  #updates = 0;
  #isApplied = false;

  /** @throws RangeError for a decay outside [0, 1) */
  constructor({ decay }: WeightAverageOptions) {
    if (!(decay >= 0 && decay < 1)) {
      throw new RangeError(`decay: expected a number in [0, 1), got ${decay}`);
    }
    this.#decay = decay;
  }

  /** Number of updates so far. */
  get updates(): number {
    return this.#updates;
  }

  /**
   * Includes the weights after a step.
   *
   * @param variables always the same, in the same order
   * @throws Error while the average is applied, or if the weights have other sizes than before
   */
  update(variables: readonly tf.Variable[]): void {
    this.#requireTrained('update');
    if (this.#updates === 0) {
      this.#averages = variables.map((variable) => frozen(tf.reshape(variable, [-1])));
    }
    this.#requireSameWeights(variables);
    this.#updates++;
    const share = (1 - this.#decay) / (1 - this.#decay ** this.#updates);
    this.#averages.forEach((average, i) => {
      tf.tidy(() => {
        const difference = tf.sub(tf.reshape(variables[i]!, [-1]), average);
        average.assign(tf.add(average, tf.mul(difference, share)));
      });
    });
  }

  /**
   * Puts the average into the weights.
   *
   * @returns a function that restores the trained weights; further calls do nothing
   * @throws Error before the first update, while the average is applied, or for other weights
   */
  apply(variables: readonly tf.Variable[]): () => void {
    this.#requireTrained('apply');
    if (this.#updates === 0) throw new Error('weight average: call update before apply');
    this.#requireSameWeights(variables);
    const trained = variables.map((variable) => tf.keep(tf.clone(variable)));
    tf.tidy(() => {
      variables.forEach((variable, i) => {
        variable.assign(tf.reshape(this.#averages[i]!, variable.shape));
      });
    });
    this.#isApplied = true;
    let isPutBack = false;
    return () => {
      if (isPutBack) return;
      isPutBack = true;
      this.#isApplied = false;
      variables.forEach((variable, i) => variable.assign(trained[i]!));
      tf.dispose(trained);
    };
  }

  /** A copy of the state; asynchronous, since the averages may be on a GPU. */
  async state(): Promise<WeightAverageState> {
    const updates = Float32Array.of(this.#updates);
    const averages = await Promise.all(
      this.#averages.map(async (average) => (await average.data<'float32'>()).slice()),
    );
    return new Map([
      ['average', averages],
      ['updates', [updates]],
    ]);
  }

  /**
   * Continues from what `state` resolved to.
   *
   * @throws Error while the average is applied, or when a slot is missing
   */
  restore(state: WeightAverageState): void {
    this.#requireTrained('restore');
    const averages = state.get('average');
    const updates = state.get('updates')?.[0]?.[0];
    if (!averages || updates === undefined) {
      throw new Error(
        'weight average: expected a state with "average" and "updates", got ' +
          ([...state.keys()].join(', ') || 'an empty one'),
      );
    }
    this.dispose();
    this.#updates = updates;
    this.#averages = averages.map((average) => frozen(tf.tensor1d(average.slice())));
  }

  /** Disposes the averages; the next update starts a new one. */
  dispose(): void {
    tf.dispose(this.#averages);
    this.#averages = [];
    this.#updates = 0;
  }

  #requireTrained(method: string): void {
    if (this.#isApplied) {
      throw new Error(
        `weight average: ${method} while the average is in the weights; restore the trained ones first`,
      );
    }
  }

  #requireSameWeights(variables: readonly tf.Variable[]): void {
    const sizes = (tensors: readonly tf.Tensor[]) => tensors.map(({ size }) => size).join(', ');
    if (sizes(variables) !== sizes(this.#averages)) {
      throw new Error(
        `weight average: expected weights of ${sizes(this.#averages)} values, ` +
          `got ${sizes(variables)}; the average belongs to another model`,
      );
    }
  }
}

/** A variable that no optimizer trains; disposes the given tensor. */
function frozen(tensor: tf.Tensor): tf.Variable {
  const variable = tf.variable(tensor, false);
  tensor.dispose();
  return variable;
}
