import * as tf from '@tensorflow/tfjs-core';
import type { Dataset } from '@dpquant/data';
import {
  checkGradients,
  checkIndependence,
  type ContributeOptions,
  type ExampleBatch,
} from '@dpquant/gradients';
import { SeededRandom, uniformInteger } from '@dpquant/random';
import type * as tfl from '@tensorflow/tfjs-layers';

type Shapes = Pick<Dataset, 'inputShape' | 'targetShape'>;

const count = 4;

/**
 * Probes a model and its loss for mixing examples, on made-up ones of the data set's shape: private rows
 * are not looked at.
 */
export async function probeIndependence(
  model: tfl.LayersModel,
  shapes: Shapes,
  loss: ContributeOptions['loss'],
): Promise<void> {
  const batch = madeUpBatch(shapes);
  try {
    await checkIndependence(model, batch, loss);
  } finally {
    tf.dispose([batch.inputs, batch.targets]);
  }
}

/** Holds the per-example gradients of a model against TensorFlow.js's own, on made-up examples. */
export async function probeGradients(
  model: tfl.LayersModel,
  shapes: Shapes,
  loss: ContributeOptions['loss'],
): Promise<void> {
  const batch = madeUpBatch(shapes);
  try {
    await checkGradients(model, batch, loss);
  } finally {
    tf.dispose([batch.inputs, batch.targets]);
  }
}

/** Examples of zeros and ones, which are pixels, indices and classes alike. */
function madeUpBatch({ inputShape, targetShape }: Shapes) {
  const random = new SeededRandom(0, 'model probe');
  const madeUp = (shape: readonly number[]) => {
    const full = [count, ...shape];
    const values = Array.from({ length: tf.util.sizeFromShape(full) }, () =>
      uniformInteger(random, 2),
    );
    return tf.tensor(values, full, 'float32');
  };
  return {
    inputs: madeUp(inputShape),
    targets: madeUp(targetShape),
    mask: new Float32Array(count).fill(1),
    keys: { rows: Uint32Array.from({ length: count }, (_, i) => i), views: new Uint32Array(count) },
  } satisfies ExampleBatch;
}
