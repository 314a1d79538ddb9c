import type { LayersModel } from '@tensorflow/tfjs-layers';
import { densenet121, mlp, resnet18, resnet50, smallCnn, type ModelOptions } from '@dpquant/models';
import { asUsage } from './usageError.ts';

const models = new Map<string, (options: ModelOptions) => LayersModel>([
  ['small-cnn', smallCnn],
  ['mlp', mlp],
  ['resnet18', resnet18],
  ['resnet50', resnet50],
  ['densenet121', densenet121],
]);

/** Models that `--model` knows. */
export const modelNames: readonly string[] = [...models.keys()];

/** Whether `--model` is the path of a user's own model. */
export function isOwnModel(model: string): boolean {
  return !modelNames.includes(model);
}

/** The file that a run's initial weights are read from; undefined where all are new. */
export function initialWeightsFile({
  initWeights,
  model,
}: {
  readonly initWeights?: string | undefined;
  readonly model: string;
}): string | undefined {
  return initWeights ?? (isOwnModel(model) ? model : undefined);
}

/**
 * Builds a model by one of `modelNames`.
 *
 * @throws UsageError if it cannot take the data set's inputs
 */
export function buildModel(name: string, options: ModelOptions): LayersModel {
  return asUsage(() => models.get(name)!(options));
}
