import { likelihoodRatio } from './likelihoodRatio.ts';
import type { Mechanism } from '../mechanisms.ts';
import { quadratureRule } from './quadrature.ts';
import { sampledLoss } from '../sampledLoss.ts';

/** Read once, because reading `Math` is slow in the sandbox of a test runner. */
const { expm1, log1p } = Math;

const SEGMENTS = 64;

/**
 * log E[e^(tilt·loss)] of the loss of a sampled mechanism, seen from the side with the example, by
 * quadrature: what `logMoment` would be on an infinitely fine grid.
 */
export function logLossMoment(mechanism: Mechanism, tilt: number, tail: number): number {
  const { sampleRate } = mechanism;
  const ratio = likelihoodRatio(mechanism, tail);
  const { lowest, highest, steepness } = ratio;
  const lossAt = (logRatio: number) => sampledLoss(sampleRate, logRatio);
  // As E[e^(θℓ) − 1], whose smallness survives.
  const excess = (logRatio: number, without: number, withExample: number) =>
    ((1 - sampleRate) * without + sampleRate * withExample) * expm1(tilt * lossAt(logRatio));
  let sum = 0;
  for (const atom of ratio.atoms) sum += excess(atom.logRatio, atom.without, atom.with);
  for (let segment = 0; segment < SEGMENTS; segment++) {
    const from = lowest + ((highest - lowest) * segment) / SEGMENTS;
    const segmentWidth = (highest - lowest) / SEGMENTS;
    const rise = lossAt(from + segmentWidth) - lossAt(from);
    const change = segmentWidth * steepness(from, from + segmentWidth) + tilt * rise;
    const { panels, nodes, weights } = quadratureRule(change);
    const width = segmentWidth / panels;
    for (let panel = 0; panel < panels; panel++) {
      for (let node = 0; node < nodes.length; node++) {
        const x = from + (panel + nodes[node]!) * width;
        sum += weights[node]! * width * excess(x, ratio.densityWithout(x), ratio.densityWith(x));
      }
    }
  }
  return log1p(sum);
}
