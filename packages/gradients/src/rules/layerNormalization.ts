import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { groupNormalize } from '../layers/groupNormalize.ts';
import { addBias, multiplyChannels } from './layerPass.ts';
import { weightOf, type LayerRule } from './layerRule.ts';

interface LayerNormalizationLayer extends tfl.layers.Layer {
  readonly axis: number | number[];
  readonly epsilon: number;
}

/** LayerNormalization over the last axis: each position is normalized by itself. */
export const layerNormalizationRule: LayerRule = {
  className: 'LayerNormalization',

  call(layer, x, pass) {
    const { epsilon } = layer as LayerNormalizationLayer;
    const rows = tf.reshape(x, [-1, x.shape.at(-1)!]);
    let y = tf.reshape(groupNormalize(rows, 1, epsilon), x.shape);
    const [gamma, beta] = [weightOf(layer, 'gamma'), weightOf(layer, 'beta')];
    if (gamma) y = multiplyChannels(pass, y, gamma);
    return beta ? addBias(pass, y, beta) : y;
  },

  problem(layer) {
    const { axis } = layer as LayerNormalizationLayer;
    const axes = [axis].flat();
    const last = (layer.outputShape as tfl.Shape).length - 1;
    if (axes.length === 1 && (axes[0] === last || axes[0] === -1)) return null;
    return `it normalizes over axis ${axes.join(', ')}; use the last axis, ${last}`;
  },
};
