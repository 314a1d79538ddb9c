import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';

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

/** The model's trainable variables, each once. */
export function trainableVariables(model: tfl.LayersModel): tf.Variable[] {
  return [...new Set(model.trainableWeights.map((weight) => weight.read() as tf.Variable))];
}
