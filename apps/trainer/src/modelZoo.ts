import type { LayersModel } from '@tensorflow/tfjs-layers';
import { densenet121, mlp, resnet18, resnet50, smallCnn, type ModelOptions } from '@dpquant/models';

const models = new Map<string, (options: ModelOptions) => LayersModel>([
  ['small-cnn', smallCnn],
  ['mlp', mlp],
  ['resnet18', resnet18],
  ['resnet50', resnet50],
  ['densenet121', densenet121],
]);

/** Models that `--model` knows. */
export const modelNames: readonly string[] = [...models.keys()];

/** Builds a model by one of `modelNames`. */
export function buildModel(name: string, options: ModelOptions): LayersModel {
  return models.get(name)!(options);
}
