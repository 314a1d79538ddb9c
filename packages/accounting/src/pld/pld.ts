import { composeTilted } from './composition.ts';
import { planComposition } from './compositionPlan.ts';
import type { Goal, PlannedWindow, WindowWidth } from './compositionPlan.ts';
import { logMoment, optimistic, pessimistic } from './gridDistribution.ts';
import { lossCells, mirrored } from './lossCells.ts';
import type { LossCells } from './lossCells.ts';
import type { RepeatedMechanism } from '../mechanisms.ts';
import { PrivacyProfile } from './privacyProfile.ts';
import type { Estimate, ProfileErrors, ProfileValue } from './privacyProfile.ts';

/**
 * Beyond this number of events the rounding error of the masses, a relative 1e-13 each, dominates.
 */
const MOST_EVENTS = 1e12;

/** Both directions of adjacency of a composition. */
export interface ComposedLosses {
  readonly epsilon: (delta: number) => ProfileValue;
  readonly delta: (epsilon: number) => ProfileValue;
}

/**
 * Composes privacy loss distributions around a goal. The result answers other questions too, less
 * accurately (see its allowance) the farther they are from the goal.
 *
 * Why the pessimistic answer is an upper bound, whatever the sample and however each mechanism
 * depended on the outcomes before it:
 * 1. A Poisson-sampled mechanism is dominated by its worst pair of outputs, the mixture (1 − q)Q +
 *    qP against Q for removal and the reverse for addition (Zhu, Dong, Wang, "Optimal accounting of
 *    differential privacy via characteristic function", 2022, theorem 11). One neighbour is fixed
 *    throughout a run, so either all events remove or all add: each direction is composed for
 *    itself, and the worse one counts.
 * 2. Connecting the dots raises every privacy profile (`lossCells`), hence the discrete pair
 *    dominates the true one. What is cut off above becomes an infinite loss, and what is cut off
 *    below is moved up.
 * 3. Products of dominating pairs dominate every adaptive composition (theorem 10 there).
 * 4. The composed distribution is computed modulo the window. Probability that wraps into it from
 *    outside adds to the masses there; the probability thereby missing above it is bounded by
 *    Chernoff's inequality and added.
 * 5. Rounding: of the transform, bounded in `composeTilted`, added; of the masses, a relative
 *    error, to the power of the count, multiplied; of the losses, a shift, added to ε.
 *
 * The optimistic answer reverses each: outcomes are merged, cut-off parts dropped, bounds
 * subtracted.
 *
 * @param mechanisms with noise, and Poisson-sampled; not empty
 * @returns undefined if the losses or the number of events are beyond the range of the method
 */
export function composeLosses(
  mechanisms: readonly RepeatedMechanism[],
  goal: Goal,
  estimate: Estimate,
  windowWidth: WindowWidth,
): ComposedLosses | undefined {
  if (mechanisms.reduce((sum, { count }) => sum + count, 0) > MOST_EVENTS) return undefined;
  const plan = planComposition(mechanisms, goal, estimate, windowWidth);
  if (plan === undefined) return undefined;
  const { windows, step, length, tail } = plan;
  const discretize = estimate === 'pessimistic' ? pessimistic : optimistic;
  const cells = mechanisms.map(({ mechanism }) => lossCells(mechanism, step, tail));
  const pairs = cells.map((each, index) => {
    const { count } = mechanisms[index]!;
    return [
      { distribution: discretize(each), count },
      { distribution: discretize(mirrored(each)), count },
    ] as const;
  });
  const starts = windows.map(({ tilt, lowest }) => ({
    tilt,
    start: Math.floor(lowest / step) - 8,
  }));
  const sums = composeTilted(pairs, [starts[0]!, starts[1]!], length);

  const profiles = sums.map((sum, direction) => {
    const window = windows[direction]!;
    const parts = pairs.map((pair) => pair[direction]!);
    const cumulant = (tilt: number) =>
      parts.reduce((total, part) => total + part.count * logMoment(part.distribution, tilt), 0);
    const lowest = sum.window.start * step;
    const outside = (tilt: number, end: number) => {
      const rounding = 1e-3 + 1e-10 * Math.abs(sum.logScale);
      return Math.exp(
        Math.min(0, cumulant(tilt) - sum.logScale - (tilt - window.tilt) * end + rounding),
      );
    };
    const errors: ProfileErrors = {
      infinityMass: parts.reduce(
        (mass, part) => mass + part.count * part.distribution.infinityMass,
        0,
      ),
      above: outside(window.tiltAbove, lowest + length * step),
      below: outside(window.tiltBelow, lowest),
      clearUpTo: window.clearUpTo,
      ...roundingOf(mechanisms, cells, window),
    };
    return new PrivacyProfile(sum, errors, estimate);
  });

  const worse = (values: readonly ProfileValue[]): ProfileValue =>
    values.reduce((a, b) => (b.value <= a.value ? a : b));
  return {
    epsilon: (delta) => worse(profiles.map((profile) => profile.epsilon(delta))),
    delta: (epsilon) => worse(profiles.map((profile) => profile.delta(epsilon))),
  };
}

/**
 * Bounds of the rounding errors of the masses, relative to them, and of the losses, over all
 * compositions.
 */
function roundingOf(
  mechanisms: readonly RepeatedMechanism[],
  cells: readonly LossCells[],
  { tilt }: PlannedWindow,
): Pick<ProfileErrors, 'relative' | 'shift'> {
  let relative = 0;
  let shift = 0;
  for (const [index, { mechanism, count }] of mechanisms.entries()) {
    const { first, step, toLower } = cells[index]!;
    const largest = Math.max(-first, first + toLower.length) * step;
    relative += count * (1e-13 + 4 * Number.EPSILON * tilt * largest);
    shift += count * 4 * Number.EPSILON * largest * (1 + largest - Math.log(mechanism.sampleRate));
  }
  return { relative: Math.expm1(relative), shift };
}
