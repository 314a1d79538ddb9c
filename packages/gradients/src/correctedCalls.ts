import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { LayerCall } from './layerCall.ts';
import { lookUp } from './rules/embedding.ts';
import { weightOf } from './rules/layerRule.ts';

/** Whether a layer is a batch normalization of any kind. */
export function isBatchNormalization(layer: tfl.layers.Layer): boolean {
  return /^(Sync)?BatchNorm/.test(layer.getClassName());
}

/**
 * What a layer computes in place of its own `call`, where that would mix examples, fail for some of
 * them, or have no gradient; null for all other layers.
 *
 * - A frozen batch normalization uses the statistics that it was trained with. TensorFlow.js would
 *   use those of the batch, even in a frozen layer.
 * - A normalization without scale gets ones in its place, and one without centre gets zeros:
 *   TensorFlow.js cannot differentiate it otherwise.
 * - A frozen embedding returns NaN for an index outside its table, where TensorFlow.js would fail.
 *   The example is then left out, as it is by the rule of a trainable embedding.
 */
export function correctedCall(layer: tfl.layers.Layer): LayerCall | null {
  if (layer.getClassName() === 'Embedding' && layer.trainableWeights.length === 0) {
    return (inputs) => lookUp(weightOf(layer, 'embeddings')!, [inputs].flat()[0]!);
  }
  const isBatch = isBatchNormalization(layer);
  if (!isBatch && layer.getClassName() !== 'LayerNormalization') return null;
  const { gamma, beta } = layer as NormalizationLayer;
  const isWhole = Boolean(gamma && beta);
  const isFrozenBatch = isBatch && layer.trainableWeights.length === 0;
  if (isWhole && !isFrozenBatch) return null;
  const own: LayerCall = layer.call.bind(layer);
  const call = isWhole ? own : withScaleAndCentre(layer, own);
  return isFrozenBatch ? (inputs, kwargs) => call(inputs, { ...kwargs, training: false }) : call;
}

interface NormalizationLayer extends tfl.layers.Layer {
  readonly axis: number | number[];
  readonly gamma?: tfl.LayerVariable | null;
  readonly beta?: tfl.LayerVariable | null;
}

/** The call with ones in place of a missing scale, and zeros in place of a missing centre. */
function withScaleAndCentre(layer: tfl.layers.Layer, call: LayerCall): LayerCall {
  const { axis, gamma, beta } = layer as NormalizationLayer;
  return (inputs, kwargs) => {
    const { shape } = [inputs].flat()[0]!;
    const sizes = [axis].flat().map((each) => shape.at(each)!);
    const read = (values: tf.Tensor) => ({ read: () => values });
    const added = {
      ...(!gamma && { scale: true, gamma: read(tf.ones(sizes)) }),
      ...(!beta && { center: true, beta: read(tf.zeros(sizes)) }),
    };
    const before = Object.keys(added).map(
      (name) => [name, Object.getOwnPropertyDescriptor(layer, name)] as const,
    );
    Object.assign(layer, added);
    try {
      return call(inputs, kwargs);
    } finally {
      for (const [name, own] of before) {
        if (own) Object.defineProperty(layer, name, own);
        else Reflect.deleteProperty(layer, name);
      }
    }
  };
}
