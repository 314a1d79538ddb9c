export interface SearchRange {
  /** First guess; the closer to the answer, the fewer evaluations. */
  readonly start: number;
  /** Logarithm of the factor of the first step away from the guess. */
  readonly firstStep: number;
  readonly lower: number;
  readonly upper: number;
  /** Relative width of the last bracket. */
  readonly tolerance: number;
}

/**
 * The smallest positive argument, to a relative tolerance, at which a falling function is at most
 * `goal`. The value returned was itself evaluated and found within the goal.
 *
 * The root of log f − log goal over log x is bracketed by growing steps and found by false position
 * (the Illinois variant), with a bisection wherever that stalls.
 *
 * @returns undefined if `upper` is not enough; `lower` if that is enough already
 */
export function smallestWithin(
  f: (x: number) => number,
  goal: number,
  { start, firstStep, lower, upper, tolerance }: SearchRange,
): number | undefined {
  /** How far above the goal, on a logarithmic scale; ≤ 0 is within. */
  const excess = (logX: number): number => {
    const value = f(Math.exp(logX));
    if (value <= goal) return Math.min(0, Math.max(-1e3, Math.log(value / goal)));
    // NaN is not within any goal.
    if (!(value < Infinity)) return 1e3;
    return Math.min(1e3, Math.max(Number.MIN_VALUE, Math.log(value / goal)));
  };
  const bottom = Math.log(lower);
  const top = Math.log(upper);

  let low = Math.min(top, Math.max(bottom, Math.log(start)));
  let lowExcess = excess(low);
  let high = low;
  let highExcess = lowExcess;
  for (let step = firstStep; highExcess > 0; step *= 2) {
    if (high >= top) return undefined;
    [low, lowExcess] = [high, highExcess];
    high = Math.min(top, high + step);
    highExcess = excess(high);
  }
  for (let step = firstStep; lowExcess <= 0; step *= 2) {
    [high, highExcess] = [low, lowExcess];
    if (low <= bottom) return Math.exp(high);
    low = Math.max(bottom, low - step);
    lowExcess = excess(low);
  }

  // The logarithms carry rounding errors of their own: aim at half of the tolerance.
  const width = tolerance / 2;
  let lowWeight = lowExcess;
  let highWeight = highExcess;
  let replaced: 'low' | 'high' | undefined;
  let widthBefore = high - low;
  for (let round = 1; high - low > width; round++) {
    const falsePosition = low + ((high - low) * lowWeight) / (lowWeight - highWeight);
    const stalled = round % 4 === 0 && high - low > widthBefore / 8;
    const proposal = stalled ? (low + high) / 2 : falsePosition;
    if (round % 4 === 0) widthBefore = high - low;
    const middle = Math.min(high - 0.4 * width, Math.max(low + 0.4 * width, proposal));
    const middleExcess = excess(middle);
    if (middleExcess > 0) {
      if (replaced === 'low') highWeight /= 2;
      [low, lowWeight, replaced] = [middle, middleExcess, 'low'];
    } else {
      if (replaced === 'high') lowWeight /= 2;
      [high, highWeight, replaced] = [middle, middleExcess, 'high'];
    }
  }
  return Math.exp(high);
}
