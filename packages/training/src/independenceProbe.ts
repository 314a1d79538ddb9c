import * as tf from '@tensorflow/tfjs-core';
import type { Dataset } from '@dpquant/data';
import { checkIndependence, type ContributeOptions } from '@dpquant/gradients';
import { SeededRandom, uniformInteger } from '@dpquant/random';
import type * as tfl from '@tensorflow/tfjs-layers';

const count = 4;

/**
 * Probes a model and its loss for mixing examples, on made-up ones of the data set's shape: private rows
 * are not looked at. Their values are zeros and ones, which are pixels, indices and classes alike.
 */
export function probeIndependence(
  model: tfl.LayersModel,
  { inputShape, targetShape }: Pick<Dataset, 'inputShape' | 'targetShape'>,
  loss: ContributeOptions['loss'],
): void {
  const random = new SeededRandom(0, 'independence probe');
  const madeUp = (shape: readonly number[]) => {
    const full = [count, ...shape];
    const values = Array.from({ length: tf.util.sizeFromShape(full) }, () =>
      uniformInteger(random, 2),
    );
    return tf.tensor(values, full, 'float32');
  };
  const batch = {
    inputs: madeUp(inputShape),
    targets: madeUp(targetShape),
    mask: new Float32Array(count).fill(1),
    keys: { rows: Uint32Array.from({ length: count }, (_, i) => i), views: new Uint32Array(count) },
  };
  try {
    checkIndependence(model, batch, loss);
  } finally {
    tf.dispose([batch.inputs, batch.targets]);
  }
}
