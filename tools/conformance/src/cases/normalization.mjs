import * as tf from '@tensorflow/tfjs-core';
import { scaledGroupNormalization, scaledGroupNormalizationGradients } from '@dpquant/gradients';
import { valuesOf } from '../conformanceCase.mjs';
import { normalTensor } from './values.mjs';

const epsilon = 1e-5;

/** Group normalization with scale and shift, its statistics and its gradients of every example. */
function normalizationCase(shape, groups) {
  return {
    group: 'normalization',
    name: `[${shape}] in ${groups} groups`,
    agreement: { relative: 1e-5, absolute: 1e-6 },
    async compute() {
      const channels = [shape.at(-1)];
      const [x, dy] = [normalTensor(shape, 1, 3), normalTensor(shape, 2)];
      const [gamma, beta] = [normalTensor(channels, 3), normalTensor(channels, 4)];
      const attributes = { groups, epsilon };
      const { y, statistics } = scaledGroupNormalization(x, gamma, beta, attributes);
      const gradients = scaledGroupNormalizationGradients(dy, { x, gamma, statistics }, attributes);
      tf.dispose([x, dy, gamma, beta]);
      return valuesOf({ y, statistics, ...gradients });
    },
  };
}

/** @type {import('../conformanceCase.mjs').ConformanceCase[]} */
export const normalizationCases = [
  normalizationCase([3, 5, 7, 12], 3),
  normalizationCase([2, 4, 4, 8], 8),
  normalizationCase([3, 10], 5),
];
