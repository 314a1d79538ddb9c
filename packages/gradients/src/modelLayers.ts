import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { ruleFor } from './rules/registry.ts';

/** What a schedule needs to know of a layer. */
export interface LayerInfo {
  readonly name: string;
  readonly className: string;
  /** Number of trainable parameters. */
  readonly parameters: number;
  /** Multiply-accumulates of one forward pass of one example; 0 where nothing is multiplied by a weight. */
  readonly multiplyAccumulates: number;
  /** Whether the layer has a product that can run in low precision; frozen layers run in float32. */
  readonly quantizable: boolean;
}

/** All layers that are neither containers nor wrappers, each once, in the model's order. */
export function leafLayers(model: tfl.LayersModel): tfl.layers.Layer[] {
  const leaves = new Set<tfl.layers.Layer>();
  const visit = (layer: tfl.layers.Layer) => {
    const { layers, layer: wrapped } = layer as {
      layers?: tfl.layers.Layer[];
      layer?: tfl.layers.Layer;
    };
    if (layers) layers.forEach(visit);
    else if (wrapped) visit(wrapped);
    else leaves.add(layer);
  };
  model.layers.forEach(visit);
  return [...leaves];
}

/** Name, size and work of every layer that is not a container. */
export function layerInfo(model: tfl.LayersModel): LayerInfo[] {
  return leafLayers(model).map((layer) => {
    const product = ruleFor(layer)?.quantizableProduct?.(layer) ?? null;
    return {
      name: layer.name,
      className: layer.getClassName(),
      parameters: layer.trainableWeights.reduce((sum, w) => sum + w.read().size, 0),
      multiplyAccumulates: product?.multiplyAccumulates ?? 0,
      quantizable: product !== null && layer.trainableWeights.length > 0,
    };
  });
}

/** The model's trainable variables, each once. */
export function trainableVariables(model: tfl.LayersModel): tf.Variable[] {
  return [...new Set(model.trainableWeights.map((weight) => weight.read() as tf.Variable))];
}
