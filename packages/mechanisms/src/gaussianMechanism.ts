import type { RandomSource } from '@dpquant/random';
import { addNoiseByKernel } from './noiseByKernel.ts';
import { noiseOperations } from './noiseOperations.ts';
import { addPlainNoise } from './plainNoise.ts';

/**
 * The Gaussian mechanism: adds independent noise of the given standard deviation to every value, in
 * place, and rounds once to float32. If the values' L2 sensitivity is C and the standard deviation
 * σ·C, the result is a `gaussian(σ)` event.
 *
 * Eight words of `random` are the key of a ChaCha20 stream of its own, from which the noise is: a kernel never
 * sees more than that. The key is overwritten afterwards, also after an error. The same `random` gives the same
 * bits, whatever computes them.
 *
 * The words are drawn before the call returns, so that the order of draws is the order of calls. The values
 * have their noise when the promise is fulfilled, and must be left alone until then.
 *
 * @throws RangeError unless the standard deviation is a number ≥ 0
 * @throws Error where a device fails; the values have no noise then
 */
export async function addGaussianNoise(
  values: Float32Array,
  standardDeviation: number,
  random: RandomSource,
): Promise<void> {
  if (!(standardDeviation >= 0 && standardDeviation < Infinity)) {
    throw new RangeError(`standardDeviation: expected a number ≥ 0, got ${standardDeviation}`);
  }
  const key = Uint32Array.from({ length: 8 }, () => random.uint32());
  const attributes = { key, standardDeviation };
  let added: Promise<void> | undefined;
  try {
    const isByKernel = values.length > 0 && noiseOperations.gaussian.hasKernel();
    if (isByKernel) added = addNoiseByKernel(values, attributes);
    else addPlainNoise(values, attributes);
  } finally {
    key.fill(0);
  }
  await added;
}
