import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { TappedPass } from './tappedPass.ts';

/** Something that a layer multiplies by, with the work it takes for one example. */
export interface QuantizableProduct {
  /** Multiply-accumulates of one forward pass of one example. */
  readonly multiplyAccumulates: number;
}

/** How one type of layer runs in a tapped pass. */
export interface LayerRule {
  /** Name of the layer's class, as in a saved model. */
  readonly className: string;
  /** The layer's output, through the operations of `pass` wherever a weight is involved. */
  call(layer: tfl.layers.Layer, x: tf.Tensor, pass: TappedPass): tf.Tensor;
  /** The product that can run in low precision, or null if the layer has none. */
  quantizableProduct(layer: tfl.layers.Layer): QuantizableProduct | null;
  /** Why this layer cannot be trained privately as it is configured, with the remedy; null if it can. */
  problem?(layer: tfl.layers.Layer): string | null;
}

/** A weight of a layer by the name that it has within the layer (`kernel`, `bias`, …). */
export function weightOf(layer: tfl.layers.Layer, name: string): tf.Variable | null {
  const variable = (layer as unknown as Record<string, tfl.LayerVariable | null | undefined>)[name];
  return variable ? (variable.read() as tf.Variable) : null;
}

/** Output shape of one example; for layers with one output. */
export function exampleOutputShape(layer: tfl.layers.Layer): number[] {
  const shape = layer.outputShape as tfl.Shape;
  return shape.slice(1).map((size) => {
    if (size === null) throw new Error(`layer "${layer.name}": its output shape is not fixed`);
    return size;
  });
}
