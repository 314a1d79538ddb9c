import { cosineOfWord, logarithm, sineOfWord } from './elementaryFunctions.ts';
import type { RandomSource } from './randomSource.ts';

// A local name: looking up a global is slow where globals are intercepted.
const { sqrt } = Math;

/**
 * Fills `out` with independent normal variates of mean 0 and the given standard deviation
 * (Box–Muller). The radius uses 53 random bits, so that the tail reaches √(2·54·ln 2) = 8.65
 * standard deviations; with 32 bits it would end at 6.7, inside the range that matters for a
 * privacy guarantee at δ = 10⁻¹⁰.
 *
 * A pair of variates takes three words. Equal words give equal bits on every engine.
 *
 * Does not protect against floating-point attacks on the noise (Mironov 2012); see `fillGridNoise`.
 */
export function fillGaussian(
  source: RandomSource,
  out: Float32Array | Float64Array,
  standardDeviation = 1,
): void {
  for (let i = 0; i < out.length; i += 2) {
    const high = source.uint32() >>> 5;
    const low = source.uint32() >>> 6;
    // In (0, 1), symmetric: the middle of one of 2⁵³ cells.
    const u = (high * 2 ** 26 + low + 0.5) / 2 ** 53;
    const radius = standardDeviation * sqrt(-2 * logarithm(u));
    const angle = source.uint32();
    out[i] = radius * cosineOfWord(angle);
    if (i + 1 < out.length) out[i + 1] = radius * sineOfWord(angle);
  }
}
