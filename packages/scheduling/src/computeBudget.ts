/**
 * How much of the network to run in the low-precision format: an object with exactly one of these
 * keys.
 *
 * - `quantizedFraction`: fraction of the layers, from 0 to 1; rounded to whole layers, halves up.
 * - `quantizedLayers`: number of layers.
 * - `lowPrecisionShare`: least share of the multiply-accumulates, from 0 to 1.
 * - `theoreticalSpeedup`: least speed-up over float32 by the paper's model without overhead, from
 *   1.
 */
export type ComputeBudget =
  | { readonly quantizedFraction: number }
  | { readonly quantizedLayers: number }
  | { readonly lowPrecisionShare: number }
  | { readonly theoreticalSpeedup: number };

type UnionKeys<T> = T extends unknown ? keyof T : never;
export type BudgetKind = UnionKeys<ComputeBudget>;

const kinds: Record<BudgetKind, { accepts: (value: number) => boolean; expected: string }> = {
  quantizedFraction: {
    accepts: (value) => value >= 0 && value <= 1,
    expected: 'a share of the layers from 0 (none) to 1 (all)',
  },
  quantizedLayers: {
    accepts: (value) => Number.isSafeInteger(value) && value >= 0,
    expected: 'a whole number of layers of at least 0',
  },
  lowPrecisionShare: {
    accepts: (value) => value >= 0 && value <= 1,
    expected: 'a share of the multiply-accumulates from 0 (none) to 1 (all)',
  },
  theoreticalSpeedup: {
    accepts: (value) => value >= 1 && value < Infinity,
    expected: 'a speed-up from 1 (no layer in low precision)',
  },
};

/** The key and the value of a budget. */
export interface BudgetGoal {
  readonly kind: BudgetKind;
  readonly target: number;
}

/** @throws RangeError unless there is exactly one key with a valid value */
export function readBudget(budget: ComputeBudget): BudgetGoal {
  const given = Object.entries(budget).filter(([, value]) => value !== undefined);
  const [kind, target] = given[0] ?? [];
  if (given.length !== 1 || !Object.hasOwn(kinds, kind!)) {
    throw new RangeError(
      `budget: expected exactly one of ${Object.keys(kinds).join(', ')}, ` +
        `got ${given.map(([key]) => key).join(', ') || 'none'}`,
    );
  }
  const { accepts, expected } = kinds[kind as BudgetKind];
  if (typeof target !== 'number' || !accepts(target)) {
    throw new RangeError(`budget.${kind}: expected ${expected}, got ${String(target)}`);
  }
  return { kind: kind as BudgetKind, target };
}
