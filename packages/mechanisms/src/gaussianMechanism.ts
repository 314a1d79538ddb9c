import { gridNoiseScale, type RandomSource } from '@dpquant/random';
import { addNoiseByKernel } from './noiseByKernel.ts';
import { noiseOperations, tooLargeKernelDeviation } from './noiseOperations.ts';
import { addPlainNoise } from './plainNoise.ts';

/** Whole numbers up to here are exact in float64 with any noise added. */
export const largestWholeNumber = 2 ** 52;

/**
 * The Gaussian mechanism on a grid: adds independent whole numbers to whole numbers, in place. If
 * the values' L2 sensitivity is C grid units and the standard deviation σ·C, the result is a
 * `gaussian(σ)` event and a `noiseCloseness` event (`closenessOfValues`), to the last bit: there
 * are no roundings that could tell sums apart.
 *
 * Eight words of `random` are the key of a ChaCha20 stream of its own, from which the noise is: a kernel never
 * sees more than that. The key is overwritten afterwards, also after an error. The same `random` gives the same
 * numbers, whatever computes them.
 *
 * The words are drawn before the call returns, so that the order of draws is the order of calls. The values
 * have their noise when the promise is fulfilled, and must be left alone until then.
 *
 * @param values whole numbers of 2⁵² at most
 * @param deviation in grid units, from 2⁴ to below 2⁴²; 0 adds nothing, and draws all the same
 * @throws RangeError for another deviation
 * @throws Error where a device fails; the values have no noise then
 */
export async function addGridNoise(
  values: Float64Array,
  deviation: number,
  random: RandomSource,
): Promise<void> {
  if (deviation !== 0) gridNoiseScale(deviation);
  const key = Uint32Array.from({ length: 8 }, () => random.uint32());
  const attributes = { key, deviation };
  let added: Promise<void> | undefined;
  try {
    if (deviation === 0 || values.length === 0) return;
    const isByKernel = deviation < tooLargeKernelDeviation && noiseOperations.grid.hasKernel();
    if (isByKernel) added = addNoiseByKernel(values, attributes);
    else addPlainNoise(values, attributes);
  } finally {
    key.fill(0);
  }
  await added;
}
