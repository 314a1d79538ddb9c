import { largestTilt, logMoment, pessimistic } from './gridDistribution.ts';
import { likelihoodRatio } from './likelihoodRatio.ts';
import { lossCells, mirrored } from './lossCells.ts';
import type { LossCells } from './lossCells.ts';
import { logLossMoment } from './lossMoment.ts';
import type { Mechanism, RepeatedMechanism } from '../mechanisms.ts';
import { minimizeOverScale } from './minimize.ts';
import type { Estimate } from './privacyProfile.ts';
import { sampledLoss } from '../sampledLoss.ts';

/** The question that a composition answers: the ε for a δ, or the δ for an ε. */
export type Goal = { readonly delta: number } | { readonly epsilon: number };

/**
 * The window of a composed distribution, and further tilts to bound the probability outside of it.
 */
export interface PlannedWindow {
  readonly tilt: number;
  /** Lower end; the upper one follows from the plan's step and length. */
  readonly lowest: number;
  /**
   * Above this loss, probability that wraps into the window from below may make the answer less
   * accurate.
   */
  readonly clearUpTo: number;
  readonly tiltBelow: number;
  readonly tiltAbove: number;
}

/**
 * `narrow` is the smallest window that answers the one question well: losses below the wanted ε do
 * not count, so other losses may wrap onto them, and only losses above it are kept. `wide` covers
 * the whole tilted distribution, `full` also what is between it and 0: where single losses are rare
 * and large, the answer may be there.
 */
export type WindowWidth = 'narrow' | 'wide' | 'full';

/** How to compose a list of mechanisms for a goal. */
export interface CompositionPlan {
  /** For removing an example, and for adding one. */
  readonly windows: readonly [PlannedWindow, PlannedWindow];
  readonly step: number;
  /** Number of grid points, a power of two; together with `step` enough for both windows. */
  readonly length: number;
  /** Probability to cut off of each loss distribution, at either end. */
  readonly tail: number;
}

/** Sum of the cumulant generating functions of all losses. */
interface Cumulants {
  readonly at: (tilt: number) => number;
  readonly largestTilt: number;
}

/** Number of cells of the first estimate, from which tilts and windows are chosen. */
const COARSE_CELLS = 2048;
const SMALLEST_LENGTH = 2 ** 12;
const LARGEST_LENGTH = 2 ** 18;
/** The optimistic estimate is coarser on the same grid, and gets a finer one. */
const OPTIMISTIC_FACTOR = 4;
/** Cells of a single mechanism beyond which a finer grid would cost too much. */
const MOST_CELLS = 2 ** 18;
/** Losses beyond this would need too many cells and nodes. */
const LARGEST_LOSS = 1e4;
/** Losses below this are negligible, and their grid would underflow. */
const SMALLEST_RANGE = 1e-250;
/** Log of the tilted probability that may lie beyond either end of the window. */
const LOG_OUTSIDE = { narrow: Math.log(1e-6), wide: Math.log(1e-8), full: Math.log(1e-25) };
/** The probability that may be cut off of all losses together, as a fraction of δ. */
const CUT_OFF = { narrow: 1e-5, wide: 1e-8, full: 1e-5 };
/** Fraction of the best tilt that is tried if the grid cannot be fine enough for it. */
const LESS_TILT = 0.7;
/** The error of ε that the grid may cause. */
const allowedInflation = (epsilon: number): number =>
  Math.max(1e-6 * epsilon, Math.min(1e-5 * epsilon, 5e-5)) + 1e-8;

/**
 * Chooses tilts, windows and grid. A bad choice makes a bound loose, never wrong.
 *
 * @returns undefined if the losses are beyond the range of the method
 */
export function planComposition(
  mechanisms: readonly RepeatedMechanism[],
  goal: Goal,
  estimate: Estimate,
  windowWidth: WindowWidth,
): CompositionPlan | undefined {
  if ('epsilon' in goal) {
    // The probability that may be cut off depends on δ: estimate it first.
    const cumulants = coarseCumulants(mechanisms, cutOff(mechanisms, 1e-20, windowWidth));
    if (cumulants === undefined) return undefined;
    const logDelta = bestTilt(cumulants[0], goal).value;
    return planAround(
      mechanisms,
      goal,
      estimate,
      windowWidth,
      cutOff(mechanisms, Math.exp(logDelta), windowWidth),
    );
  }
  return planAround(
    mechanisms,
    goal,
    estimate,
    windowWidth,
    cutOff(mechanisms, goal.delta, windowWidth),
  );
}

/** @param share fraction of the best tilt that is used */
function planAround(
  mechanisms: readonly RepeatedMechanism[],
  goal: Goal,
  estimate: Estimate,
  windowWidth: WindowWidth,
  tail: number,
  share = 1,
): CompositionPlan | undefined {
  const cumulants = coarseCumulants(mechanisms, tail);
  if (cumulants === undefined) return undefined;
  const tilts = cumulants.map((direction) => bestTilt(direction, goal));
  const largest = Math.max(...tilts.map(({ value }) => value));
  let epsilon = 0;
  let width = 0;
  const windows = cumulants.map((direction, index) => {
    const best = tilts[index]!;
    // Where δ is already reached at ε = 0, what matters is the distribution at 0.
    const isZero = 'delta' in goal && best.value <= 0;
    const { argument } = isZero ? bestTilt(direction, { epsilon: 0 }) : best;
    const tilt = share * argument;
    const target = 'epsilon' in goal ? goal.epsilon : Math.max(0, best.value);
    const planned = windowAround(direction, tilt, target, windowWidth);
    epsilon = Math.max(epsilon, target);
    // A direction whose δ is negligible compared with the other's does not affect the grid.
    if ('delta' in goal || best.value > largest - 20) width = Math.max(width, planned.width);
    return planned.window;
  }) as [PlannedWindow, PlannedWindow];

  // Where the arithmetic failed, another bound is used.
  if (!(Number.isFinite(width) && Number.isFinite(epsilon))) return undefined;

  const { tilt } = windows[0];
  const exact = mechanisms.map(({ mechanism }) => logLossMoment(mechanism, tilt, tail));
  const range = Math.max(...mechanisms.map(({ mechanism }) => lossRange(mechanism, tail)!));
  const peak = largestAtom(mechanisms);
  const stepAt = (length: number) =>
    alignedTo(peak, Math.max(width / (length - 16), range / MOST_CELLS));
  const inflationAt = (length: number): number => {
    const excess = sumOf(mechanisms, (mechanism, index) => {
      const grid = pessimistic(lossCells(mechanism, stepAt(length), tail));
      return logMoment(grid, tilt) - exact[index]!;
    });
    return Math.max(0, excess) / tilt;
  };
  const wanted = neededLength(inflationAt, allowedInflation(epsilon));
  const needed = Math.min(LARGEST_LENGTH, wanted);
  const length = estimate === 'optimistic' ? OPTIMISTIC_FACTOR * needed : needed;
  const plan = { windows, step: stepAt(length), length, tail };
  if (wanted <= LARGEST_LENGTH || share < 1) return plan;
  // If rare losses are large, the tilt makes them frequent; a smaller tilt may allow a finer grid.
  const other = planAround(mechanisms, goal, estimate, windowWidth, tail, LESS_TILT);
  return other !== undefined && other.step < plan.step ? other : plan;
}

/** Sum of a value of each mechanism times the number of its occurrences. */
const sumOf = (
  mechanisms: readonly RepeatedMechanism[],
  value: (mechanism: Mechanism, index: number) => number,
): number =>
  mechanisms.reduce((sum, { mechanism, count }, index) => sum + count * value(mechanism, index), 0);

/**
 * Probability that may be cut off from each loss, so that all of it together is this fraction of δ.
 */
function cutOff(
  mechanisms: readonly RepeatedMechanism[],
  delta: number,
  windowWidth: WindowWidth,
): number {
  const count = sumOf(mechanisms, () => 1);
  return Math.max(1e-100, (CUT_OFF[windowWidth] * delta) / count);
}

function lossRange(mechanism: Mechanism, tail: number): number | undefined {
  const { sampleRate } = mechanism;
  const { lowest, highest } = likelihoodRatio(mechanism, tail);
  if (!(highest < LARGEST_LOSS)) return undefined;
  const range = sampledLoss(sampleRate, highest) - sampledLoss(sampleRate, lowest);
  return range > SMALLEST_RANGE ? range : undefined;
}

/** The largest loss that has a probability of its own; 0 if none has. */
function largestAtom(mechanisms: readonly RepeatedMechanism[]): number {
  const losses = mechanisms.flatMap(({ mechanism }) =>
    likelihoodRatio(mechanism, 1).atoms.map(({ logRatio }) =>
      sampledLoss(mechanism.sampleRate, logRatio),
    ),
  );
  return Math.max(0, ...losses);
}

/**
 * The step, or less than twice as much, such that a loss is on the grid: between grid points its
 * probability would be spread over a step.
 */
const alignedTo = (loss: number, step: number): number =>
  loss > step ? loss / Math.floor(loss / step) : step;

/** Both directions, each mechanism on a grid of its own. */
function coarseCumulants(
  mechanisms: readonly RepeatedMechanism[],
  tail: number,
): [Cumulants, Cumulants] | undefined {
  const coarse: { readonly cells: LossCells; readonly count: number }[] = [];
  for (const { mechanism, count } of mechanisms) {
    const range = lossRange(mechanism, tail);
    if (range === undefined) return undefined;
    coarse.push({ cells: lossCells(mechanism, range / COARSE_CELLS, tail), count });
  }
  const seenFrom = (view: (cells: LossCells) => LossCells): Cumulants => {
    const parts = coarse.map(({ cells, count }) => ({ grid: pessimistic(view(cells)), count }));
    return {
      at: (tilt) => parts.reduce((sum, { grid, count }) => sum + count * logMoment(grid, tilt), 0),
      largestTilt: Math.min(...parts.map(({ grid }) => largestTilt(grid))),
    };
  };
  return [seenFrom((cells) => cells), seenFrom(mirrored)];
}

/**
 * The tilt of the best Chernoff bound log δ ≤ K(θ) − θε + log(θ^θ/(1+θ)^(1+θ)), solved for the
 * unknown, which is an ε or a log δ. At this tilt the tilted mean is where the answer is.
 */
function bestTilt({ at, largestTilt }: Cumulants, goal: Goal) {
  const logBound = (tilt: number) =>
    at(tilt) + tilt * Math.log(tilt / (1 + tilt)) - Math.log1p(tilt);
  return minimizeOverScale(
    'delta' in goal
      ? (tilt) => (logBound(tilt) - Math.log(goal.delta)) / tilt
      : (tilt) => logBound(tilt) - tilt * goal.epsilon,
    1e-7,
    // Half of the range is left to the tilts that bound what lies outside of the window.
    largestTilt / 2,
  );
}

/**
 * A window of the tilted distribution around a target ε. Outside [lowest, highest] its probability
 * is negligible, by Chernoff's inequality; mass that wraps from below onto losses x > ε counts only
 * e^(−θ(x−ε)), which is why the tilt downwards need not exceed θ.
 */
function windowAround(
  { at, largestTilt }: Cumulants,
  tilt: number,
  target: number,
  windowWidth: WindowWidth,
): { readonly window: PlannedWindow; readonly width: number } {
  const here = at(tilt);
  const logOutside = LOG_OUTSIDE[windowWidth];
  const reach = (direction: 1 | -1, most: number) =>
    minimizeOverScale((by) => (at(tilt + direction * by) - here - logOutside) / by, 1e-7, most);
  const above = reach(1, largestTilt - tilt);
  const below = reach(-1, tilt);
  const highest = above.value;
  const lowest = -below.value;
  const tilts = { tilt, tiltBelow: tilt - below.argument, tiltAbove: tilt + above.argument };
  const isNarrow = windowWidth === 'narrow';
  // The bound of δ behind the target is too large by some power of the number of tilted deviations.
  const deviation = (highest - lowest) / (2 * Math.sqrt(-2 * logOutside));
  const margin = (3 + Math.log1p(tilt * deviation)) / tilt;
  const start = isNarrow
    ? Math.max(0, target - margin)
    : windowWidth === 'wide'
      ? lowest
      : Math.min(lowest, 0);
  return {
    window: { ...tilts, lowest: start, clearUpTo: isNarrow ? target : highest },
    width: isNarrow ? Math.max(highest - start, target - lowest) : highest - start,
  };
}

/**
 * The smallest length at which the inflation is allowed. It falls with the square of the step once
 * the step is below the spread of the losses, and in proportion to it before: the power is taken
 * from two short lengths.
 */
function neededLength(inflationAt: (length: number) => number, allowed: number): number {
  const first = inflationAt(SMALLEST_LENGTH);
  if (first <= allowed) return SMALLEST_LENGTH;
  const second = inflationAt(2 * SMALLEST_LENGTH);
  if (second <= allowed) return 2 * SMALLEST_LENGTH;
  const power = Math.min(2, Math.max(1, Math.log2(first / second)));
  return SMALLEST_LENGTH * 2 ** (1 + Math.ceil(Math.log2(second / allowed) / power));
}
