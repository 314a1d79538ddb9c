import { likelihoodRatio } from './likelihoodRatio.ts';
import type { Mechanism } from './mechanisms.ts';
import { quadratureRule } from './quadrature.ts';

/** Taken once: in the sandbox of a test runner every look at `Math` is slow. */
const { exp, expm1, log1p, min, max, floor } = Math;

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
  /** At most this probability lies below the first cell, and at most this above the last. */
  readonly tail: number;
}

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
  const lossAt = (logRatio: number) => log1p(sampleRate * expm1(logRatio));
  const first = floor(lossAt(ratio.lowest) / step);
  const cells = max(1, Math.ceil(lossAt(ratio.highest) / step) - first);
  const toLower = new Float64Array(cells);
  const toUpper = new Float64Array(cells);
  const share = -expm1(-step);

  let from = ratio.lowest;
  for (let cell = 0; cell < cells; cell++) {
    const lowerEnd = expm1((first + cell) * step);
    const relativeEnd = expm1((first + cell + 1) * step) / sampleRate;
    const end = relativeEnd > -1 ? log1p(relativeEnd) : -Infinity;
    const to = cell === cells - 1 ? ratio.highest : min(ratio.highest, end);
    if (!(to > from)) continue;
    const { panels, nodes, weights } = quadratureRule((to - from) * ratio.steepness(from, to));
    const width = (to - from) / panels;
    let all = 0;
    let upper = 0;
    for (let panel = 0; panel < panels; panel++) {
      for (let node = 0; node < nodes.length; node++) {
        const logRatio = from + (panel + nodes[node]!) * width;
        const weight = ratio.density(logRatio) * weights[node]! * width;
        const excess = sampleRate * expm1(logRatio);
        all += weight * (1 + excess);
        upper += weight * (excess - lowerEnd);
      }
    }
    const up = min(all, max(0, upper / share));
    toUpper[cell] = up;
    toLower[cell] = all - up;
    from = to;
  }

  for (const { logRatio, probability } of ratio.atoms) {
    const excess = sampleRate * expm1(logRatio);
    const all = probability * (1 + excess);
    const cell = min(cells - 1, max(0, floor(log1p(excess) / step) - first));
    const lowerEnd = expm1((first + cell) * step);
    const up = min(all, max(0, (probability * (excess - lowerEnd)) / share));
    toUpper[cell]! += up;
    toLower[cell]! += all - up;
  }
  return { step, first, toLower, toUpper, tail: ratio.tail };
}

/**
 * The same comparison seen from the side without the example: the loss changes its sign, and each
 * probability p at a loss x becomes p·e^(−x).
 */
export function mirrored({ step, first, toLower, toUpper, tail }: LossCells): LossCells {
  const cells = toLower.length;
  const mirror = { toLower: new Float64Array(cells), toUpper: new Float64Array(cells) };
  let weight = exp(-first * step);
  for (let cell = 0; cell < cells; cell++) {
    mirror.toUpper[cells - 1 - cell] = toLower[cell]! * weight;
    weight = exp(-(first + cell + 1) * step);
    mirror.toLower[cells - 1 - cell] = toUpper[cell]! * weight;
  }
  return { step, first: -(first + cells), ...mirror, tail };
}
