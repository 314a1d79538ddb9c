import type * as tf from '@tensorflow/tfjs-core';
import type { ClippedSums } from '@dpquant/mechanisms';
import type { LossRequest, StepAnswer, StepRequest } from './gradientSource.ts';

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
 * An answer in the names of the trainer's own weights, as the plan releases it.
 *
 * @param variables the trainable weights, in the order of `trainableVariables`
 * @throws RangeError for sums of other weights, and a count that so many units cannot have
 */
export function readAnswer(
  { sums, sensitivity, unclippedCount, unsafe }: StepAnswer,
  { rows, rowsPerUnit }: Pick<StepRequest, 'rows' | 'rowsPerUnit'>,
  variables: readonly tf.Variable[],
): Omit<ClippedSums, 'sums' | 'gridUnit'> & {
  sums: ReadonlyMap<string, Float32Array>;
  unsafe: UnsafeStepStatistics;
} {
  const expected = variables.map(({ size }) => size).join(', ');
  const found = sums.map(({ length }) => length).join(', ');
  if (found !== expected) {
    throw new RangeError(
      `gradient source: expected sums of ${expected} values, got ${found}; give it a model of the trainer's layers`,
    );
  }
  const units = rows.length / rowsPerUnit;
  if (!(Math.abs(unclippedCount) <= units / 2)) {
    throw new RangeError(
      `gradient source: expected an unclippedCount of at most ${units / 2} for ${units} units, got ${unclippedCount}; it ` +
        'is the sum of +½ for each unit within the clip norm and −½ for each other one',
    );
  }
  const clippedSums = new Map(
    variables.map(({ name }, i) => [name, new Float32Array(sums[i]!)] as const),
  );
  const { lossSum, clippedCount, norms } = unsafe;
  return {
    sums: clippedSums,
    sensitivity,
    unclippedCount,
    unsafe: {
      batchSize: units,
      loss: lossSum / rows.length,
      clippedShare: (clippedCount * rowsPerUnit) / rows.length,
      norms,
      clippedSums,
    },
  };
}

/**
 * The losses of an answer.
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
