import type * as tf from '@tensorflow/tfjs-core';
import type { OptimizerState } from './optimizer.ts';

/** The slots of one optimizer: initially zero, changed in place, saved and restored together. */
export interface OptimizerSlots<PerWeight extends string, Shared extends string> {
  /**
   * The arrays of a slot: one for each weight, of the same length.
   *
   * @throws Error when a restored state belongs to other weights
   */
  perWeight(slot: PerWeight, variables: readonly tf.Variable[]): readonly Float32Array[];
  /** The array with the single value of a shared slot. */
  shared(slot: Shared): Float32Array;
  state(): OptimizerState;
  /** @throws Error when a slot is missing */
  restore(state: OptimizerState): void;
}

/** Slots of the optimizer with the given name; the slots' names are those of its state. */
export function optimizerSlots<PerWeight extends string, Shared extends string = never>(
  optimizer: string,
  perWeight: readonly PerWeight[],
  shared: readonly Shared[] = [],
): OptimizerSlots<PerWeight, Shared> {
  const slots = new Map<string, Float32Array[]>([
    ...perWeight.map((slot) => [slot, []] as [string, Float32Array[]]),
    ...shared.map((slot) => [slot, [new Float32Array(1)]] as [string, Float32Array[]]),
  ]);
  return {
    perWeight(slot, variables) {
      const arrays = slots.get(slot)!;
      if (arrays.length === 0) {
        arrays.push(...variables.map(({ size }) => new Float32Array(size)));
      }
      const found = arrays.map(({ length }) => length);
      const expected = variables.map(({ size }) => size);
      if (found.length !== expected.length || expected.some((size, i) => size !== found[i])) {
        throw new Error(
          `${optimizer}: expected "${slot}" of weights of ${expected.join(', ')} values, ` +
            `got ${found.join(', ')}; the state belongs to another model`,
        );
      }
      return arrays;
    },
    shared: (slot) => slots.get(slot)![0]!,
    state: () => new Map([...slots].map(([slot, arrays]) => [slot, copies(arrays)])),
    restore(state) {
      for (const slot of slots.keys()) {
        if (!state.has(slot)) {
          throw new Error(
            `${optimizer}: expected a state with ${quoted(slots.keys())}, got ` +
              `${quoted(state.keys()) || 'an empty one'}; resume with the optimizer that wrote it`,
          );
        }
      }
      for (const slot of slots.keys()) slots.set(slot, copies(state.get(slot)!));
    },
  };
}

/**
 * The gradient of each weight, in order.
 *
 * @throws Error for a weight without a gradient, or with one of another size
 */
export function gradientsOf(
  optimizer: string,
  variables: readonly tf.Variable[],
  mean: ReadonlyMap<string, Float32Array>,
): readonly Float32Array[] {
  return variables.map(({ name, size }) => {
    const gradient = mean.get(name);
    if (!gradient) throw new Error(`${optimizer}: no gradient for the weight "${name}"`);
    if (gradient.length !== size) {
      throw new Error(
        `${optimizer}: expected ${size} values in the gradient of the weight "${name}", ` +
          `got ${gradient.length}`,
      );
    }
    return gradient;
  });
}

function copies(arrays: readonly Float32Array[]): Float32Array[] {
  return arrays.map((array) => array.slice());
}

function quoted(slots: Iterable<string>): string {
  return [...slots].map((slot) => `"${slot}"`).join(', ');
}
