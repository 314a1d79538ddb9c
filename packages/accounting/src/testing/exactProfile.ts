import { gaussianDelta } from '../pld/gaussianProfile.ts';

/**
 * The exact δ(ε), of either sign of ε, of one release of the Poisson-sampled Gaussian mechanism:
 * [remove, add].
 */
export function exactSampledDelta(
  epsilon: number,
  sampleRate: number,
  noiseMultiplier: number,
): readonly [number, number] {
  const remove = removalDelta(epsilon, sampleRate, noiseMultiplier);
  const add =
    1 - Math.exp(epsilon) + Math.exp(epsilon) * removalDelta(-epsilon, sampleRate, noiseMultiplier);
  return [remove, epsilon >= -Math.log1p(-sampleRate) ? 0 : add];
}

function removalDelta(epsilon: number, sampleRate: number, noiseMultiplier: number): number {
  const ratio = Math.expm1(epsilon) / sampleRate;
  if (ratio <= -1) return -Math.expm1(epsilon);
  const inner = Math.log1p(ratio);
  const gaussian = (x: number): number =>
    x >= 0
      ? gaussianDelta(x, noiseMultiplier)
      : -Math.expm1(x) + Math.exp(x) * gaussianDelta(-x, noiseMultiplier);
  return sampleRate * gaussian(inner);
}

/**
 * The exact δ(ε) of two releases, as the mean of that of the second one over the losses of the
 * first one: [remove, add].
 */
export function exactSampledDeltaOfTwo(
  epsilon: number,
  sampleRate: number,
  noiseMultiplier: number,
): readonly [number, number] {
  let remove = 0;
  let add = 0;
  const width = noiseMultiplier / 400;
  const density = (x: number): number =>
    Math.exp((-x * x) / (2 * noiseMultiplier ** 2)) / (noiseMultiplier * Math.sqrt(2 * Math.PI));
  for (let x = -10 * noiseMultiplier; x < 1 + 10 * noiseMultiplier; x += width) {
    const likelihoodRatio = Math.exp((2 * x - 1) / (2 * noiseMultiplier ** 2));
    const loss = Math.log1p(sampleRate * (likelihoodRatio - 1));
    const mixture = (1 - sampleRate) * density(x) + sampleRate * density(x - 1);
    remove += width * mixture * exactSampledDelta(epsilon - loss, sampleRate, noiseMultiplier)[0];
    add += width * density(x) * exactSampledDelta(epsilon + loss, sampleRate, noiseMultiplier)[1];
  }
  return [remove, add];
}
