import { gridNoiseScale, type RandomSource } from '@dpquant/random';
import { writeNoisyByKernel } from './noiseByKernel.ts';
import { noiseOperations, tooLargeKernelDeviation } from './noiseOperations.ts';
import { writeScaled, type NoisyTarget } from './noisyTarget.ts';
import { writePlainNoisyValues } from './plainNoise.ts';
import type { SumValues } from '../sampling/sampledStep.ts';

/** Whole numbers up to here are exact in float64 with any noise added. */
export const largestWholeNumber = 2 ** 52;

/**
 * The Gaussian mechanism on a grid: adds independent whole numbers to whole numbers, in place. If
 * the values' L2 sensitivity is C grid units and the standard deviation σ·C, the result is a
 * `gaussian(σ)` event and a `noiseCloseness` event (`closenessOfValues`), exactly: there are no
 * rounding errors that could reveal something about the sums.
 *
 * Eight words of `random` are the key of a separate ChaCha20 stream, from which the noise is drawn:
 * a kernel sees only this key. The key is overwritten afterwards, also after an error. The same
 * `random` gives the same numbers, whatever computes them.
 *
 * The words are drawn before the call returns, so that the order of draws is the order of calls.
 * The values have their noise when the promise is fulfilled, and must not be used until then.
 *
 * @param values whole numbers of magnitude at most 2⁵²
 * @param deviation in grid units, from 2⁴ to below 2⁴²; 0 adds nothing, but draws as many words
 * @throws RangeError for another deviation
 * @throws Error where a device fails; the values have no noise then
 */
export function addGridNoise(
  values: Float64Array,
  deviation: number,
  random: RandomSource,
): Promise<void> {
  return writeNoisyValues(values, deviation, random, { values, factor: 1, divisor: 1 });
}

/** Like `addGridNoise`, but leaves the values unchanged and writes the result to a target. */
export async function writeNoisyValues(
  values: SumValues,
  deviation: number,
  random: RandomSource,
  target: NoisyTarget,
): Promise<void> {
  if (deviation !== 0) gridNoiseScale(deviation);
  const key = Uint32Array.from({ length: 8 }, () => random.uint32());
  const attributes = { key, deviation };
  let added: Promise<void> | undefined;
  try {
    const isByKernel = deviation < tooLargeKernelDeviation && noiseOperations.grid.hasKernel();
    if (deviation === 0 || values.length === 0) writeScaled(values, target);
    else if (isByKernel) added = writeNoisyByKernel(values, attributes, target);
    else writePlainNoisyValues(values, attributes, target);
  } finally {
    key.fill(0);
  }
  await added;
}
