import type * as tfl from '@tensorflow/tfjs-layers';
import { leafLayers } from '@dpquant/gradients';

/**
 * The layers of a model that have weights, including those of nested models; together they have all
 * weights.
 *
 * @throws RangeError for a layer that hides weights in inner layers, such as Bidirectional
 */
export function weightedLayers(model: tfl.LayersModel): tfl.layers.Layer[] {
  const layers = leafLayers(model).filter(({ weights }) => weights.length > 0);
  const known = new Set(layers.flatMap(({ weights }) => weights));
  const hidden = model.weights.find((weight) => !known.has(weight));
  if (hidden) {
    throw new RangeError(
      `model "${model.name}": its weight "${hidden.originalName}" is of a layer within a wrapper, which cannot be read ` +
        'or written alone; use the layers themselves, or load and save the model as a whole',
    );
  }
  return layers;
}
