import { fillGaussian, type RandomSource } from '@dpquant/random';

/**
 * The Gaussian mechanism: adds independent noise of the given standard deviation to every value, in
 * place, and rounds once to float32. If the values' L2 sensitivity is C and the standard deviation
 * σ·C, the result is a `gaussian(σ)` event.
 */
export function addGaussianNoise(
  values: Float32Array,
  standardDeviation: number,
  random: RandomSource,
): void {
  const noise = new Float64Array(values.length);
  fillGaussian(random, noise, standardDeviation);
  for (let i = 0; i < values.length; i++) values[i] = values[i]! + noise[i]!;
}
