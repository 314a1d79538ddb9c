import { likelihoodRatio } from './likelihoodRatio.ts';
import type { Mechanism } from './mechanisms.ts';
import { quadratureRule } from './quadrature.ts';

/** Taken once: in the sandbox of a test runner every look at `Math` is slow. */
const { exp, expm1, log1p } = Math;

const SEGMENTS = 64;

/**
 * log E[e^(tilt·loss)] of the loss of a sampled mechanism, seen from the side with the example, by
 * quadrature: what `logMoment` would be on an infinitely fine grid.
 */
export function logLossMoment(mechanism: Mechanism, tilt: number, tail: number): number {
  const { sampleRate } = mechanism;
  const { lowest, highest, density, steepness, atoms } = likelihoodRatio(mechanism, tail);
  const logMixture = (logRatio: number) => log1p(sampleRate * expm1(logRatio));
  // As E[e^(θℓ) − 1], whose smallness survives.
  const excess = (logRatio: number) => {
    const loss = logMixture(logRatio);
    return exp(loss) * expm1(tilt * loss);
  };
  let sum = 0;
  for (const { logRatio, probability } of atoms) sum += probability * excess(logRatio);
  for (let segment = 0; segment < SEGMENTS; segment++) {
    const from = lowest + ((highest - lowest) * segment) / SEGMENTS;
    const segmentWidth = (highest - lowest) / SEGMENTS;
    const rise = logMixture(from + segmentWidth) - logMixture(from);
    const change = segmentWidth * steepness(from, from + segmentWidth) + tilt * rise;
    const { panels, nodes, weights } = quadratureRule(change);
    const width = segmentWidth / panels;
    for (let panel = 0; panel < panels; panel++) {
      for (let node = 0; node < nodes.length; node++) {
        const logRatio = from + (panel + nodes[node]!) * width;
        sum += density(logRatio) * weights[node]! * width * excess(logRatio);
      }
    }
  }
  return log1p(sum);
}
