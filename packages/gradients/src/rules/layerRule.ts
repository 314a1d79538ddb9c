import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { LayerPass } from './layerPass.ts';

/** A product of a layer with a weight, and its operation count. */
export interface QuantizableProduct {
  /** Multiply-accumulates of one forward pass of one example. */
  readonly multiplyAccumulates: number;
}

/** How layers of one class run in a pass that computes per-example gradients. */
export interface LayerRule {
  /** Name of the layer's class, as in a saved model. */
  readonly className: string;
  /**
   * The layer's output. Uses the operations of `pass` for everything that involves a weight, and
   * otherwise differentiable operations that keep examples independent.
   */
  call(layer: tfl.layers.Layer, x: tf.Tensor, pass: LayerPass): tf.Tensor;
  /** The product that can run in low precision; undefined or null if the layer has none. */
  quantizableProduct?(layer: tfl.layers.Layer): QuantizableProduct | null;
  /** Why a layer of this configuration cannot be trained, with the remedy; null if it can. */
  problem?(layer: tfl.layers.Layer): string | null;
  /**
   * Whether the layer draws random numbers: its rule then also applies without trainable weights.
   */
  readonly isRandom?: boolean;
}

/** A weight of a layer by the name that it has within the layer (`kernel`, `bias`, …). */
export function weightOf(layer: tfl.layers.Layer, name: string): tf.Variable | null {
  const variable = (layer as unknown as Record<string, tfl.LayerVariable | null | undefined>)[name];
  return variable ? (variable.read() as tf.Variable) : null;
}

/** Input shape of one example; for layers with one input. */
export function exampleInputShape(layer: tfl.layers.Layer): number[] {
  return fixedSizes(layer, 'input', layer.inboundNodes[0]!.inputShapes[0]);
}

/** Output shape of one example; for layers with one output. */
export function exampleOutputShape(layer: tfl.layers.Layer): number[] {
  return fixedSizes(layer, 'output', layer.outputShape);
}

function fixedSizes(layer: tfl.layers.Layer, what: string, shape: unknown): number[] {
  return (shape as tfl.Shape).slice(1).map((size) => {
    if (size === null) throw new Error(`layer "${layer.name}": its ${what} shape is not fixed`);
    return size;
  });
}
