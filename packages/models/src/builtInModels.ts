import type * as tfl from '@tensorflow/tfjs-layers';
import { densenet121 } from './densenet121.ts';
import { mlp } from './mlp.ts';
import type { ModelOptions } from './modelOptions.ts';
import { resnet18 } from './resnet18.ts';
import { resnet50 } from './resnet50.ts';
import { smallCnn } from './smallCnn.ts';

/**
 * Name → factory of every network that comes with the package; the name is that of the model too.
 */
export const builtInModels: ReadonlyMap<string, (options: ModelOptions) => tfl.LayersModel> =
  new Map<string, (options: ModelOptions) => tfl.LayersModel>([
    ['small-cnn', smallCnn],
    ['mlp', mlp],
    ['resnet18', resnet18],
    ['resnet50', resnet50],
    ['densenet121', densenet121],
  ]);

/**
 * A new model by name, with what the functions of the networks leave to a choice by default. The
 * caller owns it.
 *
 * @throws RangeError, listing the known names, for any other name, and for inputs that the network
 *   cannot take
 */
export function createModel(name: string, options: ModelOptions): tfl.LayersModel {
  const create = builtInModels.get(name);
  if (!create) {
    throw new RangeError(
      `model: expected one of ${[...builtInModels.keys()].join(', ')}, got '${name}'`,
    );
  }
  return create(options);
}
