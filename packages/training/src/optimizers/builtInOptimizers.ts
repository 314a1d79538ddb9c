import {
  adam,
  adamBC,
  adamW,
  type AdamBCOptions,
  type AdamOptions,
  type AdamWOptions,
} from './adam.ts';
import type { Optimizer } from './optimizer.ts';
import { sgd, type SgdOptions } from './sgd.ts';

/** What any of the built-in optimizers may be given; each takes what concerns it. */
export type OptimizerOptions = SgdOptions & AdamOptions & AdamWOptions & AdamBCOptions;

/** Name → factory of every optimizer that comes with the package. */
export const builtInOptimizers: ReadonlyMap<string, (options: OptimizerOptions) => Optimizer> =
  new Map([
    ['sgd', sgd],
    ['adam', adam],
    ['adamw', adamW],
    ['adam-bc', adamBC],
  ]);

/** A new optimizer by name. Throws RangeError, listing the known names, for any other. */
export function createOptimizer(name: string, options: OptimizerOptions): Optimizer {
  const create = builtInOptimizers.get(name);
  if (!create) {
    throw new RangeError(
      `optimizer: expected one of ${[...builtInOptimizers.keys()].join(', ')}, got '${name}'`,
    );
  }
  return create(options);
}
