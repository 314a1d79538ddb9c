import { uniform, type RandomSource } from '@dpquant/random';

/**
 * A Poisson sample: each of `count` privacy units takes part with probability `sampleRate`,
 * independently of all others and of all other samples. This, and not a shuffled or fixed-size
 * batch, is what the accountant's `poissonSampled` event speaks of.
 *
 * @returns the units drawn, in ascending order; possibly none
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
