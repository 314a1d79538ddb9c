import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { correctedCall } from './correctedCalls.ts';
import type { LayerCall } from './layerCall.ts';
import { leafLayers } from './modelLayers.ts';
import { withUnchangedWeights } from './weightGuard.ts';

/** What a layer computes in place of its own `call`; null leaves the layer as it is. */
export type Replacement = (layer: tfl.layers.Layer) => LayerCall | null;

/**
 * Runs `body` while the `call` of some of a model's layers is replaced, and then restores the
 * layers exactly, even when `body` throws. `body` is synchronous, so that no other code sees the
 * replaced layers.
 *
 * @throws Error that names a weight which `body` changes; the weight is restored
 */
export function withReplacedCalls<T>(
  model: tfl.LayersModel,
  replacement: Replacement,
  body: () => T,
): T {
  const restore: (() => void)[] = [];
  try {
    for (const layer of leafLayers(model)) {
      const call = replacement(layer);
      if (!call) continue;
      const original = Object.getOwnPropertyDescriptor(layer, 'call');
      restore.push(() => {
        if (original) Object.defineProperty(layer, 'call', original);
        else delete (layer as { call?: unknown }).call;
      });
      Object.defineProperty(layer, 'call', { value: call, configurable: true, writable: true });
    }
    return withUnchangedWeights(model, body);
  } finally {
    for (const undo of restore) undo();
  }
}

/**
 * Runs `body`, which computes gradients. If it throws, frees the tensors that TensorFlow.js does
 * not: the value of the forward pass, and those that the tape saved for the backward pass.
 */
export function freeingOnError<T extends tf.TensorContainer>(body: () => T): T {
  try {
    return tf.tidy(body);
  } catch (error) {
    const { state } = tf.engine();
    if (state.gradientDepth === 0) {
      for (const { saved } of state.activeTape ?? []) tf.dispose(saved ?? []);
      (state as { activeTape: unknown }).activeTape = null;
    }
    throw error;
  }
}

/**
 * What each leaf layer computes by its own `call`, or in place of it (`correctedCall`). Must be
 * called before the layers' calls are replaced.
 */
export function ownCalls(model: tfl.LayersModel): Map<tfl.layers.Layer, LayerCall> {
  return new Map(
    leafLayers(model).map((layer) => [layer, correctedCall(layer) ?? layer.call.bind(layer)]),
  );
}

/** The only input of a layer, whether or not it comes in an array. */
export function onlyInput(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
  return Array.isArray(inputs) ? inputs[0]! : inputs;
}
