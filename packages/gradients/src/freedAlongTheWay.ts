import * as tf from '@tensorflow/tfjs-core';

/** What TensorFlow.js records of an operation for the way back. */
interface TapeNode {
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly outputs: readonly tf.Tensor[];
  /** Copies, which share the values, for the gradient of this operation alone. */
  readonly saved?: readonly tf.Tensor[];
  /** Left out where the operation has no gradient. */
  gradient?: (dys: (tf.Tensor | null)[]) => Record<string, () => tf.Tensor>;
}

/**
 * Makes the way back over the tape that is being recorded free what it has used: after each
 * operation what that operation saved, and the gradients of its outputs. TensorFlow.js itself frees
 * them in the end, all at once, which takes twice the memory. No value changes.
 *
 * To be called at the end of the function that is differentiated. What a gradient function has kept
 * with `tf.keep` stays; one must not come back later to a tensor that another one was given.
 */
export function freeAlongTheWayBack(): void {
  const { state } = tf.engine() as unknown as {
    state: { activeTape: TapeNode[] | null; gradientDepth: number };
  };
  // Whoever differentiates this once more walks the tape again.
  if (state.gradientDepth !== 1) return;
  const gradients = new HeldGradients();
  let free: (() => void) | null = null;
  for (const node of state.activeTape ?? []) {
    const { gradient } = node;
    if (!gradient) continue;
    node.gradient = (dys) => {
      // By now what was begun before has been computed.
      free?.();
      const ofInputs = gradient(dys);
      free = () => {
        tf.dispose([...(node.saved ?? [])]);
        node.outputs.forEach((output, i) => {
          const dy = dys[i];
          if (dy) gradients.letGo(output.id, dy);
        });
      };
      return Object.fromEntries(
        Object.entries(ofInputs).map(([name, compute]) => [
          name,
          () => {
            const dx = compute();
            // Named by a number where the operation is one of `tf.customGrad`.
            const input = node.inputs[name];
            if (input) gradients.hold(input.id, dx);
            return dx;
          },
        ]),
      );
    };
  }
}

/**
 * Which tensor is the gradient of what, as TensorFlow.js has them: one tensor may be the gradient
 * of several.
 */
class HeldGradients {
  /** By the number of the tensor that it is the gradient of; null for a sum. */
  readonly #held = new Map<number, tf.Tensor | null>();
  /** Gradients that were added to others. */
  #added: tf.Tensor[] = [];

  hold(id: number, gradient: tf.Tensor): void {
    if (!this.#held.has(id)) {
      this.#held.set(id, gradient);
      return;
    }
    // TensorFlow.js adds it to the one before, which it disposes of.
    this.#held.set(id, null);
    this.#added.push(gradient);
  }

  /** The gradient of a tensor whose operation has used it. */
  letGo(id: number, gradient: tf.Tensor): void {
    this.#held.delete(id);
    const unused = [gradient, ...this.#added];
    this.#added = [];
    const others = new Set(this.#held.values());
    for (const tensor of unused) {
      if (!others.has(tensor) && !(tensor as { kept?: boolean }).kept) tensor.dispose();
    }
  }
}
