import type * as tfl from '@tensorflow/tfjs-layers';
import type { Dataset } from '@dpquant/data';
import { contribute, trainableVariables, type ContributeOptions } from '@dpquant/gradients';
import { mostUnitsOfInt32Sum, unitOfSums, type SumValues } from '@dpquant/mechanisms';
import type { StepAnswer } from './gradientSource.ts';
import {
  forEachPhysicalBatch,
  rowsInBatch,
  type TensorBatch,
  type ViewedRows,
} from './physicalBatches.ts';

/**
 * Clipped gradient sum over the given rows, in physical batches of one fixed size; the last one is
 * padded. The division into batches changes nothing: sums of whole numbers are exact, also over
 * many batches. Without clipping the sums are real values, added in float64. No rows give a sum of
 * zeros.
 *
 * @param physicalBatchSize examples at a time, rounded to whole units by `rowsInBatch`
 * @param signal aborts before the next physical batch; rejects with the signal's reason
 */
export async function clippedSum(
  model: tfl.LayersModel,
  dataset: Dataset,
  rows: ViewedRows,
  physicalBatchSize: number,
  options: ContributeOptions,
  signal?: AbortSignal,
): Promise<StepAnswer> {
  const variables = trainableVariables(model);
  const { rowsPerUnit = 1 } = options;
  const { sensitivity } = options.clipping;
  const fitInt32 = sensitivity < Infinity && rows.rows.length / rowsPerUnit <= mostUnitsOfInt32Sum;
  const sums: SumValues[] = [];
  const size = rowsInBatch(physicalBatchSize, rowsPerUnit);
  let unclippedCount = 0;
  let lossSum = 0;
  let clippedCount = 0;
  const norms = new Float64Array(rows.rows.length / rowsPerUnit);
  let done = 0;
  const addUp = async (batch: TensorBatch, count: number) => {
    const contribution = await contribute(model, batch, options);
    for (const [i, { name }] of variables.entries()) {
      const values = contribution.sums.get(name)!;
      const sum = sums[i];
      if (sum) addTo(sum, values);
      else sums.push(fitInt32 ? (values as Int32Array) : new Float64Array(values));
    }
    unclippedCount += contribution.unclippedCount;
    lossSum += contribution.unsafe.lossSum;
    const units = count / rowsPerUnit;
    norms.set(contribution.unsafe.norms.subarray(0, units), done);
    done += units;
    for (let i = 0; i < units; i++) if (contribution.unsafe.factors[i]! < 1) clippedCount++;
  };
  await forEachPhysicalBatch(model, dataset, rows, size, addUp, signal);
  if (sums.length === 0) {
    const List = fitInt32 ? Int32Array : Float64Array;
    sums.push(...variables.map(({ size }) => new List(size)));
  }
  return {
    sums,
    gridUnit: unitOfSums(sensitivity),
    sensitivity,
    unclippedCount,
    unsafe: { lossSum, clippedCount, norms },
  };
}

function addTo(sum: SumValues, values: Int32Array | Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + values[i]!;
}
