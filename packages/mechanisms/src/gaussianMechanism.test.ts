import { describe, expect, it } from '@jest/globals';
import { ChaChaStream, fillGaussian, SeededRandom } from '@dpquant/random';
import { addGaussianNoise } from './gaussianMechanism.ts';

describe('addGaussianNoise', () => {
  it.each([0, 1, 2, 3, 4095, 4096, 4097, 10_001])(
    'adds the variates of a stream of its own to %d values, rounded once',
    async (count) => {
      const random = new SeededRandom(count, 'noise');
      const sums = Float32Array.from({ length: count }, (_, i) => (i % 7) * 1e-3 - 1);
      const key = Uint32Array.from({ length: 8 }, () => random.uint32());
      const noise = new Float64Array(count);
      fillGaussian(new ChaChaStream(key), noise, 0.3);
      const expected = sums.map((sum, i) => Math.fround(sum + noise[i]!));

      const again = new SeededRandom(count, 'noise');
      await addGaussianNoise(sums, 0.3, again);
      expect(sums).toEqual(expected);
      // Eight words were taken, however many values there are.
      expect(again.uint32()).toBe(random.uint32());
    },
  );

  it.each([-1, NaN, Infinity])('refuses the standard deviation %p', async (deviation) => {
    const added = addGaussianNoise(new Float32Array(1), deviation, new SeededRandom(1, 'noise'));
    await expect(added).rejects.toThrow(/^standardDeviation: expected a number ≥ 0/);
  });
});
