import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { leafLayers, trainableVariables } from './modelLayers.ts';

/**
 * Gradients of the regularizers of a model's layers, by weight name, for the weights that have one.
 * The regularizers of a shared layer count once. The caller owns the tensors.
 *
 * They are functions of the weights alone, so they cost no privacy: add them to the released mean
 * gradient, after the noise. Inside per-example gradients they would use up the clip norm.
 */
export function regularizationGradients(model: tfl.LayersModel): Map<string, tf.Tensor> {
  const penalties = () => leafLayers(model).flatMap((layer) => layer.calculateLosses());
  const variables = trainableVariables(model);
  if (!leafLayers(model).some(({ losses }) => losses.length > 0) || variables.length === 0) {
    return new Map();
  }
  // Adding zero times a weight makes sure that there is something to differentiate.
  const { value, grads } = tf.variableGrads(
    () =>
      tf.addN([
        ...penalties().map((penalty) => tf.sum(penalty)),
        tf.mul(tf.sum(variables[0]!), 0),
      ]) as tf.Scalar,
    variables,
  );
  value.dispose();
  return new Map(Object.entries(grads));
}
