import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { isBatchNormalization } from './correctedCalls.ts';
import { GroupNormalization } from './layers/groupNormalization.ts';
import { registerLayers } from './layers/registerLayers.ts';
import { leafLayers } from './modelLayers.ts';

/** How one layer was replaced. */
export interface NormalizationReplacement {
  readonly layer: string;
  readonly groups: number;
  /** In words: what was kept, and what is different now. */
  readonly change: string;
}

interface LayerConfig {
  class_name: string;
  config: Record<string, unknown> & { layers?: LayerConfig[]; layer?: LayerConfig };
}

/**
 * A copy of a model with group normalization in place of batch normalization, which mixes examples.
 * Scale, shift and all other weights are kept. The running statistics of batch normalization are
 * dropped, since each example is normalized by its own statistics: the outputs of a trained model
 * change, and it needs further training.
 *
 * @param groups number of groups of each layer; default: the largest power of two up to 32 that
 *   divides its channels
 * @returns the copy, and how each layer was replaced; the model itself is not changed
 * @throws RangeError if a batch normalization is not over the last axis, or if `groups` does not
 *   divide the channels of a layer
 */
export async function replaceBatchNormalization(
  model: tfl.LayersModel,
  { groups }: { groups?: number } = {},
): Promise<{ model: tfl.LayersModel; replacements: NormalizationReplacement[] }> {
  const originals = leafLayers(model);
  const replacements = new Map<string, NormalizationReplacement>();
  for (const layer of originals.filter(isBatchNormalization)) {
    replacements.set(layer.name, replacementOf(layer, groups));
  }
  registerLayers();
  const topology = model.toJSON(null, false) as unknown as LayerConfig;
  replaceIn(topology, replacements);
  const copy = await tfl.loadLayersModel(
    tf.io.fromMemory({ modelTopology: { model_config: topology } }),
  );
  const copied = new Map(leafLayers(copy).map((layer) => [layer.name, layer]));
  for (const layer of originals) {
    const target = copied.get(layer.name)!;
    if (isBatchNormalization(layer)) keepScaleAndShift(layer, target as GroupNormalization);
    else target.setWeights(layer.getWeights());
    target.trainable = layer.trainable;
  }
  return { model: copy, replacements: [...replacements.values()] };
}

function replacementOf(layer: tfl.layers.Layer, wanted?: number): NormalizationReplacement {
  const shape = layer.outputShape as tfl.Shape;
  const { axis } = layer as tfl.layers.Layer & { axis: number };
  if (axis !== -1 && axis !== shape.length - 1) {
    throw new RangeError(
      `layer "${layer.name}": it normalizes over axis ${axis}; expected the last, ${shape.length - 1}`,
    );
  }
  const channels = shape.at(-1)!;
  let groups = wanted ?? 32;
  if (wanted === undefined) while (channels % groups !== 0) groups /= 2;
  if (channels % groups !== 0) {
    throw new RangeError(
      `layer "${layer.name}": ${groups} groups do not divide its ${channels} channels`,
    );
  }
  return {
    layer: layer.name,
    groups,
    change:
      `BatchNormalization became GroupNormalization with ${groups} groups of ${channels / groups} channels; ` +
      'scale and shift are kept, the running mean and variance are not: outputs change, continue training',
  };
}

/** Changes the configuration in place, nested models and wrappers included. */
function replaceIn(
  layer: LayerConfig,
  replacements: ReadonlyMap<string, NormalizationReplacement>,
): void {
  const { config } = layer;
  const replacement = replacements.get(config['name'] as string);
  if (replacement && layer.class_name.includes('BatchNorm')) {
    layer.class_name = GroupNormalization.className;
    layer.config = {
      name: config['name'],
      trainable: config['trainable'],
      groups: replacement.groups,
      epsilon: config['epsilon'],
      // Only the first layer of a model has the shape of the input.
      ...(config['batch_input_shape'] ? { batch_input_shape: config['batch_input_shape'] } : {}),
    };
  }
  for (const inner of config.layers ?? []) replaceIn(inner, replacements);
  if (config.layer) replaceIn(config.layer, replacements);
}

function keepScaleAndShift(from: tfl.layers.Layer, to: GroupNormalization): void {
  const { gamma, beta } = from as unknown as Record<string, tfl.LayerVariable | null | undefined>;
  const [ones, zeros] = to.getWeights() as [tf.Tensor, tf.Tensor];
  to.setWeights([gamma?.read() ?? ones, beta?.read() ?? zeros]);
}
