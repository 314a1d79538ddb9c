import type * as tfl from '@tensorflow/tfjs-layers';
import type { Dataset } from '@dpquant/data';
import { forwardLosses, type ForwardLossesOptions } from '@dpquant/gradients';
import type { LossGroup } from './gradientSource.ts';
import { forEachPhysicalBatch, type TensorBatch } from './physicalBatches.ts';

/**
 * The losses of all rows, times the data set's sample weights, group after group, in each
 * arithmetic. A physical batch holds rows of one group only, since each group has its own random
 * bits.
 *
 * @param signal aborts before the next physical batch; rejects with the signal's reason
 */
export async function groupLosses(
  model: tfl.LayersModel,
  dataset: Dataset,
  groups: readonly LossGroup[],
  physicalBatchSize: number,
  { loss, arithmetics }: Omit<ForwardLossesOptions, 'randomness'>,
  signal?: AbortSignal,
): Promise<Float64Array[]> {
  const count = groups.reduce((sum, { rows }) => sum + rows.length, 0);
  const losses = arithmetics.map(() => new Float64Array(count));
  let done = 0;
  for (const group of groups) {
    const { randomness } = group;
    const look = async (batch: TensorBatch, real: number) => {
      const found = await forwardLosses(model, batch, { loss, randomness, arithmetics });
      losses.forEach((list, i) => {
        const { weights } = batch;
        const values = found.losses[i]!.subarray(0, real);
        list.set(weights ? values.map((loss, row) => loss * weights[row]!) : values, done);
      });
      done += real;
    };
    await forEachPhysicalBatch(model, dataset, group, physicalBatchSize, look, signal);
  }
  return losses;
}
