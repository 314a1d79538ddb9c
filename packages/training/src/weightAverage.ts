import * as tf from '@tensorflow/tfjs-core';
import type { OptimizerState } from './optimizers/optimizer.ts';

/** Slots `average`, with the values of each weight, and `updates`, with their number. */
export type WeightAverageState = OptimizerState;

export interface WeightAverageOptions {
  /**
   * Share of the average that a step keeps once the average is old, in [0, 1): it then spans about
   * the last 1/(1 − decay) steps.
   */
  readonly decay: number;
}

/**
 * Exponential moving average (EMA) of the weights. It is computed from released values alone, so it
 * is post-processing and costs no privacy; De et al. (arXiv 2204.13650) gain accuracy by it.
 *
 * The average is one from zero without its bias: after t updates, weights wᵢ count with
 * (1−d)·dᵗ⁻ⁱ/(1−dᵗ), which sums to 1. After the first update it is the weights themselves, and in a
 * run that is short for the decay it is close to their plain mean. An average that begins with the
 * first weights would keep a share of dᵗ⁻¹ of them instead: 90 % after 1,000 steps at d = 0.9999.
 *
 * The averages stay where the weights are, nothing is read back in `update` and `apply`. They belong
 * to this object until `dispose`.
 */
export class WeightAverage {
  readonly #decay: number;
  /** Flat, so that a state needs no shapes. */
  #averages: tf.Variable[] = [];
  #updates = 0;
  #isApplied = false;

  /** @throws RangeError for a decay outside of [0, 1) */
  constructor({ decay }: WeightAverageOptions) {
    if (!(decay >= 0 && decay < 1)) {
      throw new RangeError(`decay: expected a number in [0, 1), got ${decay}`);
    }
    this.#decay = decay;
  }

  /** Number of weights that were averaged, by steps. */
  get updates(): number {
    return this.#updates;
  }

  /**
   * Takes in the weights after a step.
   *
   * @param variables always the same in the same order
   * @throws Error while the average is applied, or for other weights than before
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
   * @returns a function that puts the trained weights back; further calls do nothing
   * @throws Error before the first update, while the average is applied, or for other weights
   */
  apply(variables: readonly tf.Variable[]): () => void {
    this.#requireTrained('apply');
    if (this.#updates === 0) throw new Error('weight average: expected an update before, got none');
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

  /** Copies of what it keeps; asynchronous, since the averages may be on a GPU. */
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

  /** Frees the averages; the next update begins a new one. */
  dispose(): void {
    tf.dispose(this.#averages);
    this.#averages = [];
    this.#updates = 0;
  }

  #requireTrained(method: string): void {
    if (this.#isApplied) {
      throw new Error(
        `weight average: ${method} while the average is in the weights; put the trained ones back before`,
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

/** A variable that no optimizer trains, instead of the tensor. */
function frozen(tensor: tf.Tensor): tf.Variable {
  const variable = tf.variable(tensor, false);
  tensor.dispose();
  return variable;
}
