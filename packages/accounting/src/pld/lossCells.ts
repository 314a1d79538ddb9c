import { likelihoodRatio } from './likelihoodRatio.ts';
import type { LikelihoodRatio } from './likelihoodRatio.ts';
import type { Mechanism } from '../mechanisms.ts';
import { quadratureRule } from './quadrature.ts';
import { logRatioOfLoss, sampledLoss } from '../sampledLoss.ts';

/** Read once, because reading `Math` is slow in the sandbox of a test runner. */
const { ceil, exp, expm1, floor, max, min } = Math;

/**
 * A privacy loss distribution, cut into cells between neighbours of the grid {k·h}. Of the
 * probability that the loss has within cell k, `toLower[k]` and `toUpper[k]` are what its two ends
 * receive when the dots are connected.
 */
export interface LossCells {
  readonly step: number;
  /** The grid index of the lower end of the first cell. */
  readonly first: number;
  readonly toLower: Float64Array;
  readonly toUpper: Float64Array;
  /**
   * The same without the example: e^(−loss) times as much at a grid point. Stored separately,
   * because one may underflow where the other is large.
   */
  readonly toLowerWithout: Float64Array;
  readonly toUpperWithout: Float64Array;
  /** At most this probability lies below the first cell, and at most this above the last. */
  readonly tail: number;
}

/** Up to here, neither the rounding error nor the range of e^λ matters. */
const MODERATE_LOG_RATIO = 100;

/**
 * The distribution of the loss ℓ = log(1 − q + q·e^λ) of a Poisson-sampled mechanism whose output
 * is compared with and without one example, seen from the side with it.
 *
 * A probability p at a loss ℓ inside of a cell goes to both ends such that neither the probability
 * with nor that without the example changes: p·(1 − e^(a−ℓ))/(1 − e^(−h)) to the upper end, a being
 * the lower one. In the plane of (e^ε, δ) this replaces the privacy profile, which is convex, by
 * its chords over the grid, which lie above it: connecting the dots (Doroshenko, Ghazi, Kamath,
 * Kumar, Manurangsi, "Connect the dots", 2022).
 */
export function lossCells(mechanism: Mechanism, step: number, tail: number): LossCells {
  const { sampleRate } = mechanism;
  const ratio = likelihoodRatio(mechanism, tail);
  const first = floor(sampledLoss(sampleRate, ratio.lowest) / step);
  const length = max(1, ceil(sampledLoss(sampleRate, ratio.highest) / step) - first);
  const cells = {
    step,
    first,
    toLower: new Float64Array(length),
    toUpper: new Float64Array(length),
    toLowerWithout: new Float64Array(length),
    toUpperWithout: new Float64Array(length),
    tail: ratio.tail,
  };
  let from = ratio.lowest;
  for (let cell = 0; cell < length; cell++) {
    const end = logRatioOfLoss(sampleRate, (first + cell + 1) * step);
    const to = cell === length - 1 ? ratio.highest : min(ratio.highest, end);
    if (!(to > from)) continue;
    const isModerate = (first + cell) * step > -0.5 && to < MODERATE_LOG_RATIO;
    const integrate = isModerate ? addModerateCell : addAnyCell;
    integrate(cells, cell, ratio, sampleRate, from, to);
    from = to;
  }

  for (const atom of ratio.atoms) {
    const loss = sampledLoss(sampleRate, atom.logRatio);
    const cell = min(length - 1, max(0, floor(loss / step) - first));
    const mixture = (1 - sampleRate) * atom.without + sampleRate * atom.with;
    connect(cells, cell, mixture, atom.without, loss);
  }
  return cells;
}

/**
 * A cell of losses near 0 or above it: uses only the density without the example, which saves two
 * thirds of the time.
 */
function addModerateCell(
  { step, first, toLower, toUpper, toLowerWithout, toUpperWithout }: LossCells,
  cell: number,
  { densityWithout, steepness }: LikelihoodRatio,
  sampleRate: number,
  from: number,
  to: number,
): void {
  const lowerEnd = expm1((first + cell) * step);
  const { panels, nodes, weights } = quadratureRule((to - from) * steepness(from, to));
  const width = (to - from) / panels;
  let all = 0;
  let above = 0;
  for (let panel = 0; panel < panels; panel++) {
    for (let node = 0; node < nodes.length; node++) {
      const logRatio = from + (panel + nodes[node]!) * width;
      const weight = densityWithout(logRatio) * weights[node]! * width;
      const excess = sampleRate * expm1(logRatio);
      all += weight * (1 + excess);
      above += weight * (excess - lowerEnd);
    }
  }
  const upper = min(all, max(0, above / -expm1(-step)));
  toUpper[cell]! += upper;
  toLower[cell]! += all - upper;
  toLowerWithout[cell]! += (all - upper) * exp(-(first + cell) * step);
  toUpperWithout[cell]! += upper * exp(-(first + cell + 1) * step);
}

/** Any cell: with and without the example each from its own density. */
function addAnyCell(
  cells: LossCells,
  cell: number,
  { densityWithout, densityWith, steepness }: LikelihoodRatio,
  sampleRate: number,
  from: number,
  to: number,
): void {
  const { panels, nodes, weights } = quadratureRule((to - from) * steepness(from, to));
  const width = (to - from) / panels;
  for (let panel = 0; panel < panels; panel++) {
    for (let node = 0; node < nodes.length; node++) {
      const logRatio = from + (panel + nodes[node]!) * width;
      const weight = weights[node]! * width;
      const without = weight * densityWithout(logRatio);
      const mixture = (1 - sampleRate) * without + sampleRate * weight * densityWith(logRatio);
      connect(cells, cell, mixture, without, sampledLoss(sampleRate, logRatio));
    }
  }
}

/** Connects the dots of one loss: adds its probabilities to the two ends of its cell. */
function connect(
  { step, first, toLower, toUpper, toLowerWithout, toUpperWithout }: LossCells,
  cell: number,
  mixture: number,
  without: number,
  loss: number,
): void {
  const share = -expm1(-step);
  const inside = min(step, max(0, loss - (first + cell) * step));
  const upper = mixture * (-expm1(-inside) / share);
  const lowerWithout = without * (-expm1(inside - step) / share);
  toUpper[cell]! += upper;
  toLower[cell]! += mixture - upper;
  toLowerWithout[cell]! += lowerWithout;
  toUpperWithout[cell]! += without - lowerWithout;
}

/**
 * The same comparison seen from the side without the example: the loss changes its sign, and each
 * probability p at a loss x becomes p·e^(−x).
 */
export function mirrored(cells: LossCells): LossCells {
  return {
    step: cells.step,
    first: -(cells.first + cells.toLower.length),
    toLower: cells.toUpperWithout.toReversed(),
    toUpper: cells.toLowerWithout.toReversed(),
    toLowerWithout: cells.toUpper.toReversed(),
    toUpperWithout: cells.toLower.toReversed(),
    tail: cells.tail,
  };
}
