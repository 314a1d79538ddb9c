import type { LossGroup, LossRequest, StepAnswer, StepRequest } from '@dpquant/training';
import { mostUnitsOfInt32Sum } from '@dpquant/mechanisms';

/** The units of a step from one cut to the next, as a request of its own. */
export function partOfStep(
  request: StepRequest,
  start: number,
  end: number,
  physicalBatchSize: number,
): StepRequest {
  const { rows, views, rowsPerUnit } = request;
  const part = (values: Uint32Array) => values.subarray(start * rowsPerUnit, end * rowsPerUnit);
  return { ...request, rows: part(rows), views: part(views), physicalBatchSize };
}

/** The rows from one cut to the next, each in its own group. */
export function partOfLosses(request: LossRequest, start: number, end: number): LossRequest {
  let before = 0;
  const groups: LossGroup[] = [];
  for (const group of request.groups) {
    const { length } = group.rows;
    const from = Math.max(0, start - before);
    const to = Math.min(length, end - before);
    before += length;
    if (from >= to) continue;
    const { rows, views } = group;
    groups.push({ ...group, rows: rows.subarray(from, to), views: views.subarray(from, to) });
  }
  return { ...request, groups };
}

export function rowCount({ groups }: LossRequest): number {
  return groups.reduce((sum, { rows }) => sum + rows.length, 0);
}

/**
 * Sums of all weights one after the other, to be added up over the ranks: as whole numbers of 32
 * bits where the sum over all units of the request holds them, else in float64.
 */
export function joinedSums(
  { sums }: Pick<StepAnswer, 'sums'>,
  { rows, rowsPerUnit, clipping }: StepRequest,
): Int32Array | Float64Array {
  const fitInt32 = clipping.clipNorm < Infinity && rows.length / rowsPerUnit <= mostUnitsOfInt32Sum;
  const length = sums.reduce((total, sum) => total + sum.length, 0);
  const joined = fitInt32 ? new Int32Array(length) : new Float64Array(length);
  let offset = 0;
  for (const sum of sums) {
    joined.set(sum, offset);
    offset += sum.length;
  }
  return joined;
}

/** The sums of the weights again, without a copy. */
export function separateSums(
  joined: Int32Array | Float64Array,
  lengths: readonly number[],
): StepAnswer['sums'] {
  let offset = 0;
  return lengths.map((length) => joined.subarray(offset, (offset += length)));
}
