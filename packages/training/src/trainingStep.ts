import type * as tf from '@tensorflow/tfjs-core';
import { philoxKeyFromSeed } from '@dpquant/random';
import type { LayerAssignment } from '@dpquant/scheduling';
import type { ResolvedOptions } from './checkRun.ts';
import { requireFiniteMean } from './divergence.ts';
import { withRegularization } from './regularizedMean.ts';
import type { StepRequest } from './source/gradientSource.ts';
import { readAnswer, type UnsafeStepStatistics } from './source/readAnswer.ts';
import { nextWeightsVersion } from './source/weightsVersion.ts';
import { charge } from './charge.ts';

/** Result of a step: its private mean gradient, and statistics outside the guarantee. */
export interface TakenStep {
  readonly mean: ReadonlyMap<string, Float32Array>;
  readonly unsafe: UnsafeStepStatistics;
}

/**
 * One step: draws a Poisson sample, charges it durably, asks for the clipped sum of its gradients,
 * adds noise once, divides by the expected batch size, and updates the weights.
 *
 * @param step number of the step, from 0
 * @param variables the trainable weights, which the step changes
 * @throws DivergenceError when the released mean is not finite; the weights are then unchanged
 */
export async function takeStep(
  options: ResolvedOptions,
  step: number,
  assignment: LayerAssignment,
  variables: readonly tf.Variable[],
  signal: AbortSignal | undefined,
): Promise<TakenStep> {
  const { plan, source, model, training, optimizer, weightAverage } = options;
  const { clipping, rowsPerUnit, physicalBatchSize, seed } = options;
  const sampled = plan.sample(step);
  await charge(options, sampled.event, 'training');
  const rowsOf = (unit: number) => training.privacyUnits.rowsOf(unit);
  const rows = plan.drawRows(sampled, rowsOf, rowsPerUnit);
  const request: StepRequest = {
    rows,
    views: viewsOf(rows.length, step, rowsPerUnit),
    rowsPerUnit,
    assignment,
    clipping: { rule: clipping, clipNorm: sampled.clipNorm },
    randomness: { key: philoxKeyFromSeed(seed), step },
    weightsVersion: nextWeightsVersion(),
    physicalBatchSize,
  };
  const sum = readAnswer(await source.sum(request, signal), request, variables);
  const { mean, noiseDeviation } = await plan.release(sampled, sum);
  requireFiniteMean(mean, step);
  const release = { step, noiseDeviation };
  optimizer.apply(variables, await withRegularization(model, mean), release);
  weightAverage?.update(variables);
  return { mean, unsafe: sum.unsafe };
}

/**
 * View number of each row of a step: different in each step and for each row of a unit; never 0.
 */
function viewsOf(rows: number, step: number, rowsPerUnit: number): Uint32Array {
  return Uint32Array.from(
    { length: rows },
    (_, i) => 1 + ((step * rowsPerUnit + (i % rowsPerUnit)) % (2 ** 16 - 1)),
  );
}
