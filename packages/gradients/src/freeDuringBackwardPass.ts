import * as tf from '@tensorflow/tfjs-core';

/** What TensorFlow.js records of an operation for the backward pass. */
interface TapeNode {
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly outputs: readonly tf.Tensor[];
  /** Clones, which share the values, that only the gradient of this operation uses. */
  readonly saved?: readonly tf.Tensor[];
  /** Undefined if the operation has no gradient. */
  gradient?: (dys: (tf.Tensor | null)[]) => Record<string, () => tf.Tensor>;
}

/**
 * Makes the backward pass over the tape that is being recorded free memory early: after each
 * operation, the tensors that this operation saved and the gradients of its outputs. TensorFlow.js
 * itself frees all of them at the end, which takes twice the memory. No value changes.
 *
 * Must be called at the end of the function that is differentiated. Tensors that a gradient
 * function keeps with `tf.keep` are not freed. A gradient function must not use a tensor that was
 * passed to an earlier gradient function.
 */
export function freeDuringBackwardPass(): void {
  const { state } = tf.engine() as unknown as {
    state: { activeTape: TapeNode[] | null; gradientDepth: number };
  };
  // A gradient of a gradient walks the tape again, and needs all tensors.
  if (state.gradientDepth !== 1) return;
  const gradients = new HeldGradients();
  let free: (() => void) | null = null;
  for (const node of state.activeTape ?? []) {
    const { gradient } = node;
    if (!gradient) continue;
    node.gradient = (dys) => {
      // The gradients of the operation before have been computed by now.
      free?.();
      const ofInputs = gradient(dys);
      free = () => {
        tf.dispose([...(node.saved ?? [])]);
        node.outputs.forEach((output, i) => {
          const dy = dys[i];
          if (dy) gradients.release(output.id, dy);
        });
      };
      return Object.fromEntries(
        Object.entries(ofInputs).map(([name, compute]) => [
          name,
          () => {
            const dx = compute();
            // For `tf.customGrad` the name is a number.
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
 * Keeps track of which tensor is the gradient of which tensor, as TensorFlow.js stores them: one
 * tensor may be the gradient of several.
 */
class HeldGradients {
  /** Gradients by the id of the tensor that they belong to; null for a sum of gradients. */
  readonly #held = new Map<number, tf.Tensor | null>();
  /** Gradients that TensorFlow.js has added to others. */
  #added: tf.Tensor[] = [];

  hold(id: number, gradient: tf.Tensor): void {
    if (!this.#held.has(id)) {
      this.#held.set(id, gradient);
      return;
    }
    // TensorFlow.js adds it to the earlier gradient, which it disposes.
    this.#held.set(id, null);
    this.#added.push(gradient);
  }

  /** Frees the gradient of a tensor once the operation that made the tensor has used it. */
  release(id: number, gradient: tf.Tensor): void {
    this.#held.delete(id);
    const unused = [gradient, ...this.#added];
    this.#added = [];
    const others = new Set(this.#held.values());
    for (const tensor of unused) {
      if (!others.has(tensor) && !(tensor as { kept?: boolean }).kept) tensor.dispose();
    }
  }
}
