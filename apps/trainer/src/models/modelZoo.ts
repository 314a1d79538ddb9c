import { builtInModels } from '@dpquant/models';

/** Whether `--model` is the path of a user's own model. */
export function isOwnModel(model: string): boolean {
  return !builtInModels.has(model);
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
