import { SeededRandom, fillGaussian, type ExampleKeys } from '@dpquant/random';

/** Independent standard normal values. */
export function normal(count: number, seed = 1): Float32Array {
  const values = new Float32Array(count);
  fillGaussian(new SeededRandom(seed, 'test'), values);
  return values;
}

export function keysOf(rows: readonly number[], views = rows.map(() => 0)): ExampleKeys {
  return { rows: Uint32Array.from(rows), views: Uint32Array.from(views) };
}
