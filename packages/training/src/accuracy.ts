import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Dataset } from '@dpquant/data';

/**
 * Share of a data set's rows whose class has the largest output. Un-noised: use it on public
 * validation data only, or treat the figure as outside of the guarantee. NaN for no rows.
 */
export async function accuracy(
  model: tfl.LayersModel,
  dataset: Dataset,
  batchSize = 256,
): Promise<number> {
  let correct = 0;
  for (let start = 0; start < dataset.count; start += batchSize) {
    const count = Math.min(batchSize, dataset.count - start);
    const rows = Uint32Array.from({ length: count }, (_, i) => start + i);
    const batch = await dataset.read(rows, { size: batchSize });
    const predicted = tf.tidy(() => {
      const inputs = tf.tensor(batch.inputs, [batchSize, ...dataset.inputShape]);
      return tf.argMax(model.apply(inputs, { training: false }) as tf.Tensor, 1);
    });
    const classes = await predicted.data();
    predicted.dispose();
    for (let i = 0; i < count; i++) if (classes[i] === batch.targets[i]) correct++;
  }
  return correct / dataset.count;
}
