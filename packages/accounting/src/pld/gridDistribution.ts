import type { LossCells } from './lossCells.ts';

/**
 * A privacy loss distribution on the grid {k·step}: `masses[i]` is the probability of the loss
 * (first + i)·step.
 */
export interface GridDistribution {
  readonly step: number;
  readonly first: number;
  readonly masses: Float64Array;
  /** Probability of an infinite loss. */
  readonly infinityMass: number;
}

/**
 * Upper bound: probability cut off below is moved to the lowest loss, probability cut off above to
 * an infinite loss.
 */
export function pessimistic({ step, first, toLower, toUpper, tail }: LossCells): GridDistribution {
  const masses = new Float64Array(toLower.length + 1);
  masses[0] = tail;
  for (let cell = 0; cell < toLower.length; cell++) {
    masses[cell]! += toLower[cell]!;
    masses[cell + 1]! += toUpper[cell]!;
  }
  return { step, first, masses, infinityMass: tail };
}

/**
 * From below: outcomes of two neighbouring cells are merged into one on the grid point between
 * them, which can only reduce the privacy loss (data processing). Which part of a cell is merged
 * downwards is chosen such that the merged likelihood ratio is that of the grid point; where that
 * is impossible it is above it, and rounded down. What was cut off at either end counts as a loss
 * of −∞.
 */
export function optimistic(cells: LossCells): GridDistribution {
  const { step, first, toLower, toUpper } = cells;
  const { excesses, lacks } = imbalances(cells);
  const down = partsMergedDown(cells);
  const masses = new Float64Array(toLower.length + 1);
  // The part of the cell below that is merged upwards.
  let massFromBelow = 0;
  let lackFromBelow = 0;
  for (let cell = 0; cell < toLower.length; cell++) {
    const part = down[cell]!;
    const mass = toLower[cell]! + toUpper[cell]!;
    const liftable = (part * excesses[cell]!) / (lackFromBelow * (1 + 1e-12));
    // Probability that cannot be moved up, also because of rounding, stays on the grid point below.
    const lifted = lackFromBelow === 0 || liftable > 1 ? 1 : liftable;
    if (cell > 0) masses[cell - 1]! += (1 - lifted) * massFromBelow;
    masses[cell]! += lifted * massFromBelow + part * mass;
    massFromBelow = (1 - part) * mass;
    lackFromBelow = (1 - part) * lacks[cell]!;
  }
  masses[toLower.length - (lackFromBelow === 0 ? 0 : 1)]! += massFromBelow;
  return { step, first, masses, infinityMass: 0 };
}

/**
 * With P and Q the probabilities of a cell with and without the example, a and b the losses at its
 * ends: `excesses` are P − e^a·Q, `lacks` e^b·Q − P.
 */
function imbalances({ step, toLower, toUpper }: LossCells) {
  const share = -Math.expm1(-step);
  const rise = Math.expm1(step);
  return {
    excesses: toUpper.map((mass) => mass * share),
    lacks: toLower.map((mass) => mass * rise),
  };
}

/**
 * Balances each grid point, from both ends towards the cell of largest mass: in this direction an
 * imbalance shrinks relative to the masses; in the other it would grow.
 */
function partsMergedDown(cells: LossCells): Float64Array {
  const { excesses, lacks } = imbalances(cells);
  const masses = cells.toLower.map((mass, cell) => mass + cells.toUpper[cell]!);
  const parts = new Float64Array(masses.length).fill(0.5);
  let summit = 0;
  for (let cell = 1; cell < masses.length; cell++)
    if (masses[cell]! > masses[summit]!) summit = cell;
  for (let cell = masses.length - 2; cell >= summit; cell--) {
    const lifting = (parts[cell + 1]! * excesses[cell + 1]!) / lacks[cell]!;
    parts[cell] = lifting < 1 ? 1 - lifting : 0;
  }
  for (let cell = 1; cell <= summit; cell++) {
    const required = ((1 - parts[cell - 1]!) * lacks[cell - 1]!) / excesses[cell]!;
    const part = required < 1 ? required : 1;
    parts[cell] = cell === summit && parts[cell]! > part ? parts[cell]! : part;
  }
  return parts;
}

/** Beyond this exponent a weighted sum over the grid may lose its small terms to underflow. */
const LARGEST_EXPONENT = 600;

/** log E[e^(tilt·loss)] of the finite losses; Infinity if the exponents overflow. */
export function logMoment({ step, first, masses }: GridDistribution, tilt: number): number {
  const last = masses.length - 1;
  if (Math.abs(tilt) * step * last > LARGEST_EXPONENT) return Infinity;
  // Horner's rule from the end with the small weights.
  const factor = Math.exp(-Math.abs(tilt) * step);
  let sum = 0;
  if (tilt >= 0) {
    for (let index = 0; index <= last; index++) sum = sum * factor + masses[index]!;
    return Math.log(sum) + tilt * (first + last) * step;
  }
  for (let index = last; index >= 0; index--) sum = sum * factor + masses[index]!;
  return Math.log(sum) + tilt * first * step;
}

/**
 * The greatest tilt at which `logMoment` is finite, with room for a finer grid, whose ends lie
 * elsewhere.
 */
export function largestTilt({ step, masses }: GridDistribution): number {
  return (0.9 * LARGEST_EXPONENT) / (step * Math.max(1, masses.length - 1));
}
