import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Dataset } from '@dpquant/data';

/** The part of an example's inputs that an embedding looks up. */
export interface EmbeddedInputs {
  /** Name of the embedding. */
  readonly name: string;
  /** Number of rows of the embedding. */
  readonly vocabulary: number;
  /** First index in the inputs of an example, and the one after the last. */
  readonly start: number;
  readonly end: number;
  /** Whether they are bytes divided by 255. */
  readonly bytesAreScaled: boolean;
}

/**
 * The inputs that embeddings look up. A data set with one input: the whole input, by the embedding
 * with the fewest rows. With several inputs: each input that feeds an embedding directly.
 */
export function embeddedInputs(dataset: Dataset, model: LayersModel): EmbeddedInputs[] {
  const embeddings = embeddingsOf(model);
  const { inputParts, inputShape, bytesAreScaled = false } = dataset;
  if (!inputParts) {
    const end = sizeOf(inputShape);
    return embeddings
      .slice(0, 1)
      .map(({ layer, ...of }) => ({ ...of, start: 0, end, bytesAreScaled }));
  }
  let end = 0;
  return inputParts.flatMap((part) => {
    const start = end;
    end += sizeOf(part.shape);
    const found = embeddings.find(({ layer }) => readsInput(layer, part.name));
    if (!found) return [];
    const { name, vocabulary } = found;
    return [{ name, vocabulary, start, end, bytesAreScaled: part.bytesAreScaled ?? false }];
  });
}

type Layer = LayersModel['layers'][number];

/** All embeddings, those with the fewest rows first. */
function embeddingsOf(model: LayersModel) {
  return layersOf(model)
    .filter((layer) => layer.getClassName() === 'Embedding')
    .map((layer) => ({
      layer,
      name: layer.name,
      vocabulary: (layer.getConfig() as { inputDim: number }).inputDim,
    }))
    .sort((a, b) => a.vocabulary - b.vocabulary);
}

function readsInput(layer: Layer, input: string): boolean {
  return layer.inboundNodes.some(({ inboundLayers }) =>
    inboundLayers.some(({ name }) => name === input),
  );
}

/** All layers, those of models within models too. */
function layersOf(model: LayersModel): Layer[] {
  return model.layers.flatMap((layer) =>
    'layers' in layer ? layersOf(layer as unknown as LayersModel) : [layer],
  );
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
