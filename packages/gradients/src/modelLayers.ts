import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';

/** All layers that are neither models nor wrappers, each once, in the model's order. */
export function leafLayers(model: tfl.LayersModel): tfl.layers.Layer[] {
  return [...leavesWithWrappers(model).keys()];
}

/**
 * The leaf layers, each with its outermost wrapper (`TimeDistributed`), whose shapes include all
 * time steps, or with itself if it has none.
 */
export function leavesWithWrappers(
  model: tfl.LayersModel,
): Map<tfl.layers.Layer, tfl.layers.Layer> {
  const leaves = new Map<tfl.layers.Layer, tfl.layers.Layer>();
  const visit = (layer: tfl.layers.Layer, place: tfl.layers.Layer) => {
    const { layers, layer: wrapped } = layer as {
      layers?: tfl.layers.Layer[];
      layer?: tfl.layers.Layer;
    };
    if (layers) for (const inner of layers) visit(inner, inner);
    else if (wrapped) visit(wrapped, place);
    else if (!leaves.has(layer)) leaves.set(layer, place);
  };
  for (const layer of model.layers) visit(layer, layer);
  return leaves;
}

/** The model's trainable variables, each once. */
export function trainableVariables(model: tfl.LayersModel): tf.Variable[] {
  return [...new Set(model.trainableWeights.map((weight) => weight.read() as tf.Variable))];
}

/** Number of trainable parameters: the length of a gradient. */
export function trainableValueCount(model: tfl.LayersModel): number {
  return trainableVariables(model).reduce((sum, { size }) => sum + size, 0);
}
