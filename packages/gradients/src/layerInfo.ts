import type * as tfl from '@tensorflow/tfjs-layers';
import { leavesInPlace } from './modelLayers.ts';
import { ruleFor } from './rules/registry.ts';

/** What a schedule needs to know of a layer. */
export interface LayerInfo {
  readonly name: string;
  readonly className: string;
  /** Number of trainable parameters. */
  readonly parameters: number;
  /**
   * Multiply-accumulates of one forward pass of one example; 0 where nothing is multiplied by a
   * weight.
   */
  readonly multiplyAccumulates: number;
  /**
   * Whether the layer has a product that can run in low precision; frozen layers run in float32.
   */
  readonly quantizable: boolean;
}

/** Name, size and work of every layer that is not a container. */
export function layerInfo(model: tfl.LayersModel): LayerInfo[] {
  return [...leavesInPlace(model)].map(([layer, place]) => {
    // A wrapped layer has been called for one step of time, if at all: the shapes are its
    // wrapper's.
    const shaped =
      place === layer
        ? layer
        : (Object.create(layer, {
            outputShape: { get: () => place.outputShape },
          }) as tfl.layers.Layer);
    const product = ruleFor(layer)?.quantizableProduct?.(shaped) ?? null;
    return {
      name: layer.name,
      className: layer.getClassName(),
      parameters: layer.trainableWeights.reduce((sum, w) => sum + w.read().size, 0),
      multiplyAccumulates: product?.multiplyAccumulates ?? 0,
      quantizable: product !== null && layer.trainableWeights.length > 0,
    };
  });
}
