import * as tfl from '@tensorflow/tfjs-layers';
import { GroupNormalization } from '@dpquant/gradients';
import { heNormal } from './initialization.ts';
import { requireClasses, requireInputs, type ModelOptions } from './modelOptions.ts';

export interface MlpOptions extends Omit<ModelOptions, 'inputShape'> {
  /** Shape of an example; flattened if it has more than one axis. */
  readonly inputShape: readonly number[];
  /** Units of each hidden layer. Default [256, 128]. */
  readonly hiddenUnits?: readonly number[];
  /** Groups of a normalization after each hidden layer. Default: no normalization. */
  readonly groups?: number;
}

/**
 * A multilayer perceptron: dense layers with rectifiers, for images and rows of tables. Returns
 * logits.
 *
 * At 28×28×1 and ten classes: 235,146 parameters, 234,752 multiply-accumulates.
 */
export function mlp(options: MlpOptions): tfl.Sequential {
  const { inputShape, classes, seed, hiddenUnits = [256, 128], groups } = options;
  const name = 'mlp';
  requireInputs(name, inputShape);
  requireClasses(name, classes);
  if (!hiddenUnits.every((units) => Number.isSafeInteger(units) && units >= 1)) {
    throw new RangeError(
      `${name}: hiddenUnits: expected whole numbers from 1, got [${hiddenUnits.join(', ')}]`,
    );
  }
  const network = { name, seed };
  const hidden = hiddenUnits.flatMap((units, i) => [
    tfl.layers.dense({
      name: `hidden${i + 1}`,
      units,
      activation: 'relu',
      kernelInitializer: heNormal(network, `hidden${i + 1}`),
    }),
    ...(groups === undefined ? [] : [new GroupNormalization({ name: `norm${i + 1}`, groups })]),
  ]);
  return tfl.sequential({
    name,
    layers: [
      // Flatten would refuse rows of a table, which have one axis already.
      tfl.layers.reshape({
        name: 'flatten',
        inputShape: [...inputShape],
        targetShape: [inputShape.reduce((size, side) => size * side)],
      }),
      ...hidden,
      tfl.layers.dense({
        name: 'classifier',
        units: classes,
        kernelInitializer: heNormal(network, 'classifier'),
      }),
    ],
  });
}
