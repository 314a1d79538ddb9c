import type * as tfl from '@tensorflow/tfjs-layers';
import type { Dataset } from '@dpquant/data';
import { contribute, trainableVariables, type ContributeOptions } from '@dpquant/gradients';
import type { ClippedSums } from '@dpquant/mechanisms';
import { forEachPhysicalBatch, type TensorBatch, type ViewedRows } from './unitRows.ts';

/** Un-noised quantities of one step: outside of any guarantee, for debugging on public data. */
export interface UnsafeStepStatistics {
  /** Number of privacy units drawn. */
  readonly batchSize: number;
  /** Mean loss of the examples drawn; NaN if none was. */
  readonly loss: number;
  /** Share of the units whose gradient was scaled down or left out. */
  readonly clippedShare: number;
  /** Gradient norm of each unit before clipping; NaN where it is not finite. */
  readonly norms: Float64Array;
  /** Sum of the clipped gradients, by weight name. */
  readonly clippedSums: ReadonlyMap<string, Float32Array>;
}

/**
 * Clipped gradient sum over the given rows, in physical batches of one fixed size whose last is
 * padded. How the rows are cut into batches changes the sum by rounding only: the batches' sums are
 * added in float64. No rows give a sum of zeros.
 *
 * @param physicalBatchSize examples at a time; less where whole units of `rowsPerUnit` fit worse, more
 *   where not even one fits
 * @param signal ends it before the next physical batch, by its reason
 */
export async function clippedSum(
  model: tfl.LayersModel,
  dataset: Dataset,
  rows: ViewedRows,
  physicalBatchSize: number,
  options: ContributeOptions,
  signal?: AbortSignal,
): Promise<ClippedSums & { unsafe: UnsafeStepStatistics }> {
  const sums = new Map(
    trainableVariables(model).map((variable) => [variable.name, new Float64Array(variable.size)]),
  );
  const { rowsPerUnit = 1 } = options;
  const size = rowsPerUnit * Math.max(1, Math.floor(physicalBatchSize / rowsPerUnit));
  let unclippedCount = 0;
  let lossSum = 0;
  let clipped = 0;
  const norms = new Float64Array(rows.rows.length / rowsPerUnit);
  let done = 0;
  const addUp = async (batch: TensorBatch, count: number) => {
    const contribution = await contribute(model, batch, options);
    for (const [name, tensor] of contribution.sums) {
      const sum = sums.get(name)!;
      (await tensor.data<'float32'>()).forEach((value, i) => (sum[i]! += value));
    }
    unclippedCount += contribution.unclippedCount;
    lossSum += contribution.unsafe.lossSum;
    const units = count / rowsPerUnit;
    norms.set(contribution.unsafe.norms.subarray(0, units), done);
    done += units;
    for (let i = 0; i < units; i++) if (contribution.unsafe.factors[i]! < 1) clipped++;
    contribution.dispose();
  };
  await forEachPhysicalBatch(dataset, rows, size, addUp, signal);
  const count = rows.rows.length;
  const clippedSums = new Map([...sums].map(([name, sum]) => [name, new Float32Array(sum)]));
  return {
    sums: clippedSums,
    sensitivity: options.clipping.sensitivity,
    unclippedCount,
    unsafe: {
      batchSize: count / rowsPerUnit,
      loss: lossSum / count,
      clippedShare: (clipped * rowsPerUnit) / count,
      norms,
      clippedSums,
    },
  };
}
