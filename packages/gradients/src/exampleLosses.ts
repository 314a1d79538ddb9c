import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { ContributeOptions, ExampleBatch } from './contributeOptions.ts';
import { shapeOf } from './lossShapes.ts';
import type { PerExampleLoss } from './losses.ts';

type LossBatch = Pick<ExampleBatch, 'inputs' | 'targets' | 'mask' | 'weights'> &
  Partial<Pick<ExampleBatch, 'keys'>>;

/** The loss of each example in a training forward pass, [n]: the sum over the model's outputs. */
export function perExampleLosses(
  model: tfl.LayersModel,
  batch: LossBatch,
  loss: ContributeOptions['loss'],
): tf.Tensor1D {
  requireOneSize(batch, model.inputs.length);
  const outputs = model.apply([batch.inputs].flat(), { training: true });
  const predictions = [outputs].flat() as tf.Tensor[];
  const targets = [batch.targets].flat();
  return lossesOfPredictions(predictions, targets, loss, batch.mask.length);
}

/**
 * The loss of each example, [n]: the sum over the outputs.
 *
 * @throws RangeError unless there are as many losses and targets as predictions
 * @throws Error that names a loss which does not give one value per example
 */
export function lossesOfPredictions(
  predictions: readonly tf.Tensor[],
  targets: readonly tf.Tensor[],
  loss: ContributeOptions['loss'],
  count: number,
): tf.Tensor1D {
  const losses = [loss].flat();
  if (losses.length !== predictions.length || targets.length !== predictions.length) {
    throw new RangeError(
      `loss: the model has ${predictions.length} outputs, expected as many losses and targets, ` +
        `got ${losses.length} and ${targets.length}`,
    );
  }
  const values = losses.map((lossOf, i) => {
    const [prediction, target] = [predictions[i]!, targets[i]!];
    if (prediction.shape[0] !== count) {
      throw new Error(
        `the model's output ${i}: expected ${count} examples on its first axis, got ` +
          `${shapeOf(prediction)}; use layers that keep the first axis`,
      );
    }
    const value: tf.Tensor = lossOf(prediction, target);
    if (!(value instanceof tf.Tensor)) {
      throw new TypeError(
        `${lossName(lossOf)}: expected a tensor of one value per example, got ${
          (value as unknown) instanceof Promise ? 'a promise; compute it at once' : typeof value
        }`,
      );
    }
    if (value.rank !== 1 || value.shape[0] !== count) {
      throw new Error(
        `${lossName(lossOf)}: expected one value per example, [${count}], got ${shapeOf(value)} for ` +
          `predictions ${shapeOf(prediction)} and targets ${shapeOf(target)}; bring both to one shape, ` +
          'and sum over all axes but the first',
      );
    }
    return value;
  });
  return values.reduce((a, b) => tf.add(a, b)) as tf.Tensor1D;
}

/** The name of a loss in a message. */
function lossName(loss: PerExampleLoss): string {
  return loss.name && loss.name !== 'loss' ? `loss "${loss.name}"` : 'loss';
}

/** The sum of the weighted losses of the examples that are not padding. */
export function summedLoss(
  model: tfl.LayersModel,
  batch: LossBatch,
  loss: ContributeOptions['loss'],
): tf.Scalar {
  const importance = batch.mask.map((real, i) => real * (batch.weights?.[i] ?? 1));
  return tf.sum(tf.mul(perExampleLosses(model, batch, loss), tf.tensor1d(importance)));
}

/**
 * Requires that all parts of a batch have as many examples as its mask: TensorFlow.js would
 * broadcast a part with fewer.
 *
 * @throws RangeError otherwise
 */
export function requireOneSize(
  { inputs, targets, mask, weights, keys }: LossBatch,
  inputCount: number,
): void {
  const given = [inputs].flat();
  if (given.length !== inputCount) {
    throw new RangeError(
      `batch: the model has ${inputCount} inputs, got ${given.length}; give one tensor for each`,
    );
  }
  const sizeOf = (part: string) => (tensor: tf.Tensor) => [part, tensor.shape[0]] as const;
  const sizes: (readonly [part: string, size: number | undefined])[] = [
    ...given.map(sizeOf('inputs')),
    ...[targets].flat().map(sizeOf('targets')),
    ['weights', weights?.length ?? mask.length],
    ['keys.rows', keys?.rows.length ?? mask.length],
    ['keys.views', keys?.views.length ?? mask.length],
  ];
  const wrong = sizes.find(([, size]) => size !== mask.length);
  if (!wrong) return;
  throw new RangeError(
    `batch: expected ${wrong[0]} of the ${mask.length} examples that the mask has, got ${wrong[1]}`,
  );
}
