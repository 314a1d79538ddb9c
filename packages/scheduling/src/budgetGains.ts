import type { BudgetGoal } from './computeBudget.ts';
import { rounding, type BudgetContext } from './layersToQuantize.ts';
import { totalMultiplyAccumulates } from './multiplyAccumulates.ts';
import { defaultFormatSpeedups, speedupOf } from './theoreticalSpeedup.ts';

/** A budget of work as sums: it is reached when the gains of the chosen layers come to `needed`. */
export interface BudgetGains {
  /** Of each layer of the context; null for one without work, which is passed over. */
  readonly gains: readonly (number | null)[];
  readonly needed: number;
}

/** What `layersToQuantize` adds up, layer by layer, for the two budgets of work. */
export function budgetGains(
  { kind, target }: BudgetGoal,
  {
    layers,
    format,
    otherFormat = 'float32',
    formatSpeedups = defaultFormatSpeedups,
  }: BudgetContext,
): BudgetGains {
  const total = totalMultiplyAccumulates(layers);
  const isShare = kind === 'lowPrecisionShare';
  const [cost, otherCost] = [format, otherFormat].map((name) =>
    isShare
      ? Number(name === 'float32' || name === otherFormat)
      : 1 / speedupOf(name, formatSpeedups),
  ) as [number, number];
  const gains = layers.map(({ multiplyAccumulates: work }) =>
    work === 0 ? null : (work / total) * (otherCost - cost),
  );
  const least = target * (1 - rounding);
  return { gains, needed: isShare ? least : (total === 0 ? 1 : otherCost) - 1 / least };
}
