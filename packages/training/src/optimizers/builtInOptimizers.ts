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

/** Options of all built-in optimizers; each uses its own and ignores the others. */
export type OptimizerOptions = SgdOptions & AdamOptions & AdamWOptions & AdamBCOptions;

/** Name → factory of every optimizer that comes with the package. */
export const builtInOptimizers: ReadonlyMap<string, (options: OptimizerOptions) => Optimizer> =
  new Map([
    ['sgd', sgd],
    ['adam', adam],
    ['adamw', adamW],
    ['adam-bc', adamBC],
  ]);

/**
 * A new optimizer by name.
 *
 * @throws RangeError that lists the known names, for any other
 */
export function createOptimizer(name: string, options: OptimizerOptions): Optimizer {
  const create = builtInOptimizers.get(name);
  if (!create) {
    throw new RangeError(
      `optimizer: expected one of ${[...builtInOptimizers.keys()].join(', ')}, got '${name}'`,
    );
  }
  return create(options);
}
