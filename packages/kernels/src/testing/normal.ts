import { SeededRandom, fillGaussian } from '@dpquant/random';

/** Standard normal values. */
export function normal(count: number, seed: number): Float32Array {
  const values = new Float32Array(count);
  fillGaussian(new SeededRandom(seed, 'kernels'), values);
  return values;
}
