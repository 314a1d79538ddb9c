import type * as tf from '@tensorflow/tfjs-core';
import {
  mostUnitsOfInt32Sum,
  unitOfSums,
  type ClippedSums,
  type SumValues,
} from '@dpquant/mechanisms';
import type { LossRequest, StepAnswer, StepRequest } from './gradientSource.ts';

/** Statistics of one step without noise: outside any guarantee, for debugging on public data. */
export interface UnsafeStepStatistics {
  /** Number of privacy units drawn. */
  readonly batchSize: number;
  /** Mean loss of the drawn examples; NaN if there are none. */
  readonly loss: number;
  /** Share of the units whose gradient was scaled down or left out. */
  readonly clippedShare: number;
  /** Gradient norm of each unit before clipping; NaN where it is not finite. */
  readonly norms: Float64Array;
  /** Sum of the clipped gradients, by weight name, as real values. */
  readonly clippedSums: ReadonlyMap<string, Float32Array>;
}

/**
 * Checks an answer and assigns its sums to the trainer's weights, as the plan releases them.
 *
 * @param variables the trainable weights, in the order of `trainableVariables`
 * @throws RangeError for sums of other weights or on another grid, and for a count that is
 *   impossible for so many units
 */
export function readAnswer(
  { sums, gridUnit, sensitivity, unclippedCount, unsafe }: StepAnswer,
  { rows, rowsPerUnit, clipping }: Pick<StepRequest, 'rows' | 'rowsPerUnit' | 'clipping'>,
  variables: readonly tf.Variable[],
): ClippedSums & { unsafe: UnsafeStepStatistics } {
  const expected = variables.map(({ size }) => size).join(', ');
  const found = sums.map(({ length }) => length).join(', ');
  if (found !== expected) {
    throw new RangeError(
      `gradient source: expected sums of ${expected} values, got ${found}; give it a model of the trainer's layers`,
    );
  }
  const units = rows.length / rowsPerUnit;
  requireGrid(sums, gridUnit, clipping, units);
  if (!(Math.abs(unclippedCount) <= units / 2)) {
    throw new RangeError(
      'gradient source: expected an unclippedCount of at most half the number of units, got more; it is the sum of ' +
        '+½ for each unit within the clip norm and −½ for each other one',
    );
  }
  const byName = <T>(of: (sum: SumValues) => T) =>
    new Map(variables.map(({ name }, i) => [name, of(sums[i]!)] as const));
  const { lossSum, clippedCount, norms } = unsafe;
  return {
    sums: byName((sum) => sum),
    gridUnit,
    sensitivity,
    unclippedCount,
    unsafe: {
      batchSize: units,
      loss: lossSum / rows.length,
      clippedShare: (clippedCount * rowsPerUnit) / rows.length,
      norms,
      // Computed on demand, since it takes a pass over all weights.
      get clippedSums() {
        return byName((sum) => realValues(sum, gridUnit));
      },
    },
  };
}

function realValues(sum: SumValues, gridUnit: number): Float32Array {
  const values = new Float32Array(sum.length);
  for (let i = 0; i < sum.length; i++) values[i] = sum[i]! * gridUnit;
  return values;
}

/** The noise is scaled to whole numbers of grid units. */
function requireGrid(
  sums: readonly SumValues[],
  gridUnit: number,
  { clipNorm }: StepRequest['clipping'],
  units: number,
): void {
  const expected = unitOfSums(clipNorm);
  if (gridUnit !== expected) {
    throw new RangeError(
      `gradient source: expected sums in grid units of ${expected}, got ${gridUnit}; answer with the contributions of ` +
        'the same release of @dpquant/gradients, clipped to the norm of the request',
    );
  }
  if (clipNorm === Infinity) return;
  for (const sum of sums) {
    if (sum instanceof Int32Array) {
      if (units <= mostUnitsOfInt32Sum) continue;
      throw new RangeError(
        `gradient source: expected sums of over ${mostUnitsOfInt32Sum} units as Float64Array, got an Int32Array, ` +
          'which they may leave; add the parts in float64',
      );
    }
    if (areWholeNumbers(sum)) continue;
    // The value has no noise and must not be shown.
    throw new RangeError(
      'gradient source: expected sums of whole numbers below 2^53, got others; add what contribute gives, and scale ' +
        'nothing',
    );
  }
}

function areWholeNumbers(values: Float64Array): boolean {
  // eslint-disable-next-line @typescript-eslint/prefer-for-of -- iterators are five times slower
  for (let i = 0; i < values.length; i++) if (!Number.isSafeInteger(values[i])) return false;
  return true;
}

/**
 * Checks an answer and returns its losses.
 *
 * @throws RangeError where a list for an assignment, or a row's loss, is missing
 */
export function readLosses(
  losses: readonly Float64Array[],
  { groups, assignments }: Pick<LossRequest, 'groups' | 'assignments'>,
): readonly Float64Array[] {
  const rows = groups.reduce((sum, group) => sum + group.rows.length, 0);
  if (losses.length === assignments.length && losses.every(({ length }) => length === rows)) {
    return losses;
  }
  throw new RangeError(
    `gradient source: expected ${assignments.length} lists of ${rows} losses, got lists of ` +
      `${losses.map(({ length }) => length).join(', ') || 'none'}; answer for every row and assignment`,
  );
}
