import type { LayersModel } from '@tensorflow/tfjs-layers';
import { resnet18, smallCnn, type ModelOptions } from '@dpquant/models';
import { UsageError } from './usageError.ts';

const models = new Map<string, (options: ModelOptions) => LayersModel>([
  ['small-cnn', smallCnn],
  ['resnet18', resnet18],
]);

/** Models that `--model` knows. */
export const modelNames: readonly string[] = [...models.keys()];

/** Refuses data that the models of `modelNames`, which all take images, cannot be built for. */
export function requireImages(name: string, inputShape: readonly number[]): void {
  if (!models.has(name) || inputShape.length === 3) return;
  throw new UsageError(
    `model: ${name} takes images [height, width, channels], these inputs are [${inputShape.join(', ')}]`,
  );
}

/** Builds a model by one of `modelNames`. */
export function buildModel(name: string, options: ModelOptions): LayersModel {
  return models.get(name)!(options);
}
