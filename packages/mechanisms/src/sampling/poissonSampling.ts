import { uniform, type RandomSource } from '@dpquant/random';

/**
 * A Poisson sample: each of `count` privacy units takes part with probability `sampleRate`,
 * independently of all other units and samples. The accountant's `poissonSampled` event assumes
 * exactly this sampling, not shuffled or fixed-size batches.
 *
 * @returns the drawn units, in ascending order; possibly none
 */
export function poissonSample(
  count: number,
  sampleRate: number,
  random: RandomSource,
): Uint32Array {
  const drawn: number[] = [];
  for (let unit = 0; unit < count; unit++) {
    if (uniform(random) < sampleRate) drawn.push(unit);
  }
  return Uint32Array.from(drawn);
}
