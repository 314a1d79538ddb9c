import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { ContributeOptions, ExampleBatch } from './contributeOptions.ts';
import type { PerExampleLoss } from './losses.ts';

type LossBatch = Pick<ExampleBatch, 'inputs' | 'targets' | 'mask' | 'weights'>;

/** The sum of all outputs' losses, one value an example: what a forward pass of training gives. */
export function perExampleLosses(
  model: tfl.LayersModel,
  batch: LossBatch,
  loss: ContributeOptions['loss'],
): tf.Tensor1D {
  const outputs = model.apply([batch.inputs].flat() as tf.Tensor[], { training: true });
  const predictions = [outputs].flat() as tf.Tensor[];
  const targets = [batch.targets].flat() as tf.Tensor[];
  const losses = [loss].flat() as PerExampleLoss[];
  if (losses.length !== predictions.length || targets.length !== predictions.length) {
    throw new RangeError(
      `loss: the model has ${predictions.length} outputs, expected as many losses and targets, ` +
        `got ${losses.length} and ${targets.length}`,
    );
  }
  const count = batch.mask.length;
  const values = losses.map((lossOf, i) => {
    const value = lossOf(predictions[i]!, targets[i]!);
    if (value.rank !== 1 || value.shape[0] !== count) {
      throw new Error(
        `loss: expected one value an example, [${count}], got [${value.shape.join(', ')}]`,
      );
    }
    return value as tf.Tensor;
  });
  return values.reduce((a, b) => tf.add(a, b)) as tf.Tensor1D;
}

/** Sum over the real examples of their weighted losses. */
export function summedLoss(
  model: tfl.LayersModel,
  batch: LossBatch,
  loss: ContributeOptions['loss'],
): tf.Scalar {
  const importance = batch.mask.map((real, i) => real * (batch.weights?.[i] ?? 1));
  return tf.sum(tf.mul(perExampleLosses(model, batch, loss), tf.tensor1d(importance)));
}
