import type * as tfl from '@tensorflow/tfjs-layers';
import { leavesWithWrappers } from './modelLayers.ts';
import { ruleFor } from './rules/registry.ts';

/** What a schedule needs to know about a layer. */
export interface LayerInfo {
  readonly name: string;
  readonly className: string;
  /** Number of trainable parameters. */
  readonly parameters: number;
  /**
   * Multiply-accumulates of one forward pass of one example; 0 for a layer without a product that
   * can run in low precision.
   */
  readonly multiplyAccumulates: number;
  /**
   * Whether the layer's product can run in low precision. False for frozen layers, which run in
   * float32.
   */
  readonly quantizable: boolean;
}

/** Name, size and operation count of every leaf layer of a model. */
export function layerInfo(model: tfl.LayersModel): LayerInfo[] {
  return [...leavesWithWrappers(model)].map(([layer, place]) => {
    // A wrapped layer knows the shapes of one time step at most, so the wrapper's shapes are used.
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
