import type * as tfl from '@tensorflow/tfjs-layers';
import { densenet121 } from './densenet121.ts';
import { mlp } from './mlp.ts';
import type { ModelOptions } from './modelOptions.ts';
import { resnet18 } from './resnet18.ts';
import { resnet20 } from './resnet20.ts';
import { resnet50 } from './resnet50.ts';
import { smallCnn } from './smallCnn.ts';

/** Options to create a built-in network by name. */
export interface BuiltInModelOptions extends ModelOptions {
  /** Filters of the first stage of a residual network. Default: the network's own. */
  readonly width?: number;
}

type Create = (options: BuiltInModelOptions) => tfl.LayersModel;

const residualNetworks: readonly [string, Create][] = [
  ['resnet18', resnet18],
  ['resnet20', resnet20],
  ['resnet50', resnet50],
];

/** Factories of the built-in networks by name, which is also the model's name. */
export const builtInModels: ReadonlyMap<string, Create> = new Map<string, Create>([
  ['small-cnn', smallCnn],
  ['mlp', mlp],
  ...residualNetworks,
  ['densenet121', densenet121],
]);

/** Names of the networks that take `width`. */
export const modelsOfAnyWidth: readonly string[] = residualNetworks.map(([name]) => name);

/**
 * Creates a model by name, with defaults for options that are specific to a network. The caller
 * owns it.
 *
 * @throws RangeError for an unknown name (listing the known ones), a width for a network without
 *   one, or inputs that the network cannot take
 */
export function createModel(name: string, options: BuiltInModelOptions): tfl.LayersModel {
  const create = builtInModels.get(name);
  if (!create) {
    throw new RangeError(
      `model: expected one of ${[...builtInModels.keys()].join(', ')}, got '${name}'`,
    );
  }
  if (options.width !== undefined && !modelsOfAnyWidth.includes(name)) {
    throw new RangeError(
      `width: ${name} has none to choose, got ${options.width}; leave it out, or take one of ` +
        modelsOfAnyWidth.join(', '),
    );
  }
  return create(options);
}
