import * as tf from '@tensorflow/tfjs-core';
import { GroupNormalization } from '../layers/groupNormalization.ts';
import {
  scaledGroupNormalization,
  scaledGroupNormalizationGradients,
} from '../layers/scaledGroupNormalization.ts';
import { weightOf, type LayerRule } from './layerRule.ts';

/** GroupNormalization: statistics are taken within an example. */
export const groupNormalizationRule: LayerRule = {
  className: GroupNormalization.className,

  call(layer, x, pass) {
    const { groups, epsilon } = layer as GroupNormalization;
    const [gamma, beta] = [weightOf(layer, 'gamma')!, weightOf(layer, 'beta')!];
    return pass.weightedJointly(x, [gamma, beta], (input, keep) => {
      const attributes = { groups, epsilon };
      const { y, statistics } = scaledGroupNormalization(input, gamma, beta, attributes);
      const operands = { x: keep(tf.clone(input)), gamma, statistics: keep(statistics) };
      return {
        value: y,
        backward(dy) {
          const gradients = scaledGroupNormalizationGradients(dy, operands, attributes);
          return { dx: gradients.dx, gradients: [gradients.gamma, gradients.beta] };
        },
      };
    });
  },
};
