import { readModelNames } from '@dpquant/models/node';
import type { TrainOptions } from '../flags/computingOptions.ts';
import { isOwnModel } from './modelZoo.ts';
import { namedArrays } from '../data/namedArrays.ts';

/** The options of a run that decide which arrays are read. */
type NamingOptions = Pick<TrainOptions, 'data' | 'model' | 'inputs' | 'targets' | 'task'>;

/**
 * The names of the arrays to read for a user's own model with several inputs or outputs, where the
 * flags leave them out: those of the inputs, and of the outputs. A run keeps them as if they were
 * given.
 *
 * @throws WeightsError for a file that is no model
 */
export async function namesOfModel(
  options: NamingOptions,
): Promise<Pick<TrainOptions, 'inputs' | 'targets'>> {
  const { data, model, inputs, targets } = options;
  if (!isOwnModel(model) || !data.toLowerCase().endsWith('.npz')) return {};
  const names = await readModelNames(model);
  const hasTargets = targets !== undefined || namedArrays({ ...options, inputs: undefined });
  return {
    ...(inputs === undefined && names.inputs.length > 1 && { inputs: names.inputs.join(',') }),
    ...(!hasTargets && names.outputs.length > 1 && { targets: names.outputs.join(',') }),
  };
}
