import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { regularizationGradients } from '@dpquant/gradients';

/**
 * Adds the gradient of the model's regularizers, which depends on the weights alone, to the mean.
 */
export async function withRegularization(
  model: tfl.LayersModel,
  mean: ReadonlyMap<string, Float32Array>,
): Promise<ReadonlyMap<string, Float32Array>> {
  const penalties = regularizationGradients(model);
  if (penalties.size === 0) return mean;
  const total = new Map<string, Float32Array>();
  for (const [name, values] of mean) {
    const penalty = await penalties.get(name)?.data<'float32'>();
    total.set(name, penalty ? values.map((value, i) => value + penalty[i]!) : values);
  }
  tf.dispose([...penalties.values()]);
  return total;
}
