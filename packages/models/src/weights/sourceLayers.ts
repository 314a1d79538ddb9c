import type * as tfl from '@tensorflow/tfjs-layers';

/** The layers whose outputs a layer takes, one list per call of the layer. */
export type SourceLayers = (layer: tfl.layers.Layer) => readonly (readonly tfl.layers.Layer[])[];

/** A model in a model. */
type Nested = tfl.layers.Layer & Pick<tfl.LayersModel, 'inputs' | 'outputs' | 'layers'>;

/**
 * Follows the layers of a model backwards, into and out of nested models: none of the layers found
 * is a model, and an input layer is always one of the whole model. A wrapped layer has the sources
 * of its wrapper.
 */
export function sourceLayersOf(model: tfl.LayersModel): SourceLayers {
  const entries = new Map<tfl.layers.Layer, readonly [Nested, number]>();
  const wrappers = new Map<tfl.layers.Layer, tfl.layers.Layer>();
  const visit = (layer: tfl.layers.Layer) => {
    const { layer: wrapped } = layer as { layer?: tfl.layers.Layer };
    if (wrapped) wrappers.set(wrapped, layer);
    if (!isModel(layer)) return;
    layer.inputs.forEach(({ sourceLayer }, i) => entries.set(sourceLayer, [layer, i]));
    layer.layers.forEach(visit);
  };
  model.layers.forEach(visit);

  const resolved = (source: tfl.layers.Layer, output: number): readonly tfl.layers.Layer[] => {
    if (isModel(source)) {
      const { sourceLayer, outputTensorIndex } = source.outputs[output]!;
      return resolved(sourceLayer, outputTensorIndex ?? 0);
    }
    const entry = entries.get(source);
    if (!entry) return [source];
    const [container, i] = entry;
    return container.inboundNodes.flatMap(({ inboundLayers, tensorIndices }) =>
      inboundLayers[i] ? resolved(inboundLayers[i], tensorIndices[i]!) : [],
    );
  };
  return (layer) =>
    (wrappers.get(layer) ?? layer).inboundNodes.map(({ inboundLayers, tensorIndices }) =>
      inboundLayers.flatMap((source, i) => resolved(source, tensorIndices[i]!)),
    );
}

function isModel(layer: tfl.layers.Layer): layer is Nested {
  return 'layers' in layer;
}
