import { describe, expect, it } from '@jest/globals';
import { SeededRandom } from '@dpquant/random';
import { poissonSample } from './poissonSampling.ts';

const count = 400;
const q = 0.05;
const draws = 4000;
const random = new SeededRandom(1, 'test');
const samples = Array.from({ length: draws }, () => poissonSample(count, q, random));

describe('poissonSample', () => {
  it('draws sizes of mean Nq and variance Nq(1 − q)', () => {
    const sizes = samples.map((sample) => sample.length);
    const mean = sizes.reduce((a, b) => a + b) / draws;
    const variance = sizes.reduce((sum, size) => sum + (size - mean) ** 2, 0) / (draws - 1);
    const expected = count * q * (1 - q);
    expect(Math.abs(mean - count * q)).toBeLessThan(5 * Math.sqrt(expected / draws));
    // The variance of a sample variance of a nearly normal variable is 2v²/(n − 1). A sampler of
    // fixed size has variance 0, a shuffled one too.
    expect(Math.abs(variance - expected)).toBeLessThan(5 * expected * Math.sqrt(2 / (draws - 1)));
  });

  it('draws every unit with probability q', () => {
    const taken = new Float64Array(count);
    for (const sample of samples) for (const unit of sample) taken[unit]!++;
    // Chi-square over 400 units: mean 400, deviation √800.
    const chiSquare = taken.reduce(
      (sum, times) => sum + (times - draws * q) ** 2 / (draws * q * (1 - q)),
      0,
    );
    expect(Math.abs(chiSquare - count)).toBeLessThan(5 * Math.sqrt(2 * count));
  });

  it('draws pairs and successive steps independently', () => {
    const contains = (sample: Uint32Array, unit: number) => sample.includes(unit);
    let neighbours = 0;
    let successive = 0;
    let trials = 0;
    for (let s = 0; s + 1 < draws; s++) {
      for (let unit = 0; unit + 1 < count; unit += 20) {
        trials++;
        if (!contains(samples[s]!, unit)) continue;
        if (contains(samples[s]!, unit + 1)) neighbours++;
        if (contains(samples[s + 1]!, unit)) successive++;
      }
    }
    const expected = trials * q * q;
    // Without replacement across an epoch, successive draws of one unit would hardly occur.
    expect(Math.abs(neighbours - expected)).toBeLessThan(5 * Math.sqrt(expected));
    expect(Math.abs(successive - expected)).toBeLessThan(5 * Math.sqrt(expected));
  });

  it('draws everything at rate 1, in order, and nothing from no units', () => {
    expect([...poissonSample(4, 1, random)]).toEqual([0, 1, 2, 3]);
    expect([...poissonSample(0, 0.5, random)]).toEqual([]);
  });
});
