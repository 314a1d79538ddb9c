import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Dataset } from '@dpquant/data';
import { inputTensors } from './modelParts.ts';

/**
 * Refuses a model or targets for which `accuracy` is not defined: the model needs one output per
 * class, the targets must be class indices.
 *
 * @throws RangeError with the remedy
 */
function requireClassAccuracy(
  model: tfl.LayersModel,
  { name, targetShape }: Pick<Dataset, 'name' | 'targetShape'>,
): void {
  const [output, ...others] = model.outputs.map(({ shape }) => shape.slice(1));
  const hasClasses = others.length === 0 && output!.length === 1 && (output![0] ?? 0) >= 2;
  if (hasClasses && tf.util.sizeFromShape([...targetShape]) === 1) return;
  throw new RangeError(
    `accuracy: expected a model with one output for each of at least two classes and class indices as targets, got ` +
      `outputs ${model.outputs.map(({ shape }) => `[${shape.slice(1).join(', ')}]`).join(', ')} and targets ` +
      `[${targetShape.join(', ')}] of "${name}"; leave validation and earlyStop out and measure it yourself, or give ` +
      'the model one logit per class',
  );
}

/**
 * Share of a data set's rows whose class has the largest output; NaN for no rows. It has no noise:
 * use it on public validation data only, or treat the figure as outside the guarantee.
 *
 * @throws RangeError unless the model is a classifier with one output per class and the targets are
 *   class indices
 */
export async function accuracy(
  model: tfl.LayersModel,
  dataset: Dataset,
  batchSize = 256,
): Promise<number> {
  requireClassAccuracy(model, dataset);
  let correct = 0;
  for (let start = 0; start < dataset.count; start += batchSize) {
    const count = Math.min(batchSize, dataset.count - start);
    const rows = Uint32Array.from({ length: count }, (_, i) => start + i);
    const batch = await dataset.read(rows, { size: batchSize });
    const predicted = tf.tidy(() => {
      const inputs = inputTensors(model, batch, dataset);
      return tf.argMax(model.apply(inputs, { training: false }) as tf.Tensor, 1);
    });
    const classes = await predicted.data();
    predicted.dispose();
    for (let i = 0; i < count; i++) if (classes[i] === batch.targets[i]) correct++;
  }
  return correct / dataset.count;
}
