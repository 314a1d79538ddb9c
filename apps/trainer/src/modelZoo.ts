import type { LayersModel } from '@tensorflow/tfjs-layers';
import { resnet18, smallCnn, type ModelOptions } from '@dpquant/models';

const models = new Map<string, (options: ModelOptions) => LayersModel>([
  ['small-cnn', smallCnn],
  ['resnet18', resnet18],
]);

/** Models that `--model` knows. */
export const modelNames: readonly string[] = [...models.keys()];

/** Builds a model by one of `modelNames`. */
export function buildModel(name: string, options: ModelOptions): LayersModel {
  return models.get(name)!(options);
}
