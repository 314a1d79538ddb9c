import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { leafLayers, registerLayers } from '@dpquant/gradients';
import { weightedLayers } from './weights/weightedLayers.ts';

/**
 * The head of a model: its last layer with weights.
 *
 * @throws RangeError for a model without weights
 */
export function headOf(model: tfl.LayersModel): tfl.layers.Layer {
  const head = leafLayers(model)
    .filter(({ weights }) => weights.length > 0)
    .at(-1);
  if (!head) throw new RangeError(`model "${model.name}": expected a layer with weights, got none`);
  return head;
}

export interface NewHeadOptions {
  /** Number of outputs. */
  readonly classes: number;
  /** Seeds its weights. */
  readonly seed: number;
}

/**
 * A copy of a model whose last layer has another number of outputs and new weights; it returns
 * logits. All other weights, and the metadata of its file, are kept. The original model is
 * unchanged.
 *
 * @throws RangeError for a model that does not end in a dense layer, has weights in a wrapper, or
 *   has two layers of the same name
 */
export async function withNewHead(
  model: tfl.LayersModel,
  { classes, seed }: NewHeadOptions,
): Promise<tfl.LayersModel> {
  const head = headOf(model);
  if (model.outputs.length !== 1) {
    throw new RangeError(
      `model "${model.name}": a new head needs one output, this one has ${model.outputs.length}; save it with one`,
    );
  }
  if (head.getClassName() !== 'Dense' || model.layers.at(-1) !== head) {
    const last = model.layers.at(-1)!;
    throw new RangeError(
      `model "${model.name}": a new head takes the place of a Dense layer at the end; this one ends in ` +
        `"${last.name}" (${last.getClassName()}); save it without what comes after its last Dense layer`,
    );
  }
  weightedLayers(model);
  registerLayers();
  const topology = model.toJSON(null, false) as unknown as {
    config: { layers: { config: Record<string, unknown> }[] };
  };
  const { config } = topology.config.layers.find(({ config }) => config['name'] === head.name)!;
  config['units'] = classes;
  config['activation'] = 'linear';
  config['kernel_initializer'] = {
    class_name: 'VarianceScaling',
    config: { scale: 2, mode: 'fan_in', distribution: 'normal', seed },
  };
  const copy = await tfl.loadLayersModel(
    tf.io.fromMemory({ modelTopology: { model_config: topology } }),
  );
  const originals = new Map<string, tfl.layers.Layer>();
  for (const layer of leafLayers(model)) {
    if (originals.has(layer.name)) {
      copy.dispose();
      throw new RangeError(
        `model "${model.name}": two layers in it are called "${layer.name}"; give each a name of its own`,
      );
    }
    originals.set(layer.name, layer);
  }
  for (const layer of leafLayers(copy)) {
    const original = originals.get(layer.name)!;
    if (original !== head) layer.setWeights(original.getWeights());
    layer.trainable = original.trainable;
  }
  const notes = model.getUserDefinedMetadata();
  if (notes) copy.setUserDefinedMetadata(notes);
  return copy;
}
