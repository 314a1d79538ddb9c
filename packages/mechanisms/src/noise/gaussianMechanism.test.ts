import { describe, expect, it } from '@jest/globals';
import { fillGridNoise, SeededRandom } from '@dpquant/random';
import { addGridNoise } from './gaussianMechanism.ts';

describe('addGridNoise', () => {
  it.each([0, 1, 2, 3, 4095, 4096, 4097, 10_001])(
    'adds the noise of a key of its own to %d whole numbers, exactly',
    async (count) => {
      const random = new SeededRandom(count, 'noise');
      const sums = Float64Array.from({ length: count }, (_, i) => (i % 7) * 2 ** 40 - i);
      const key = Uint32Array.from({ length: 8 }, () => random.uint32());
      const noise = new Float64Array(count);
      fillGridNoise(key, 1.3e6, noise);
      const expected = sums.map((sum, i) => sum + noise[i]!);

      const again = new SeededRandom(count, 'noise');
      await addGridNoise(sums, 1.3e6, again);
      expect(sums).toEqual(expected);
      // Eight words were taken, however many values there are.
      expect(again.uint32()).toBe(random.uint32());
    },
  );

  it('with deviation 0 adds nothing, but draws the same number of words', async () => {
    const [random, again] = [1, 1].map((seed) => new SeededRandom(seed, 'noise')) as [
      SeededRandom,
      SeededRandom,
    ];
    const sums = Float64Array.of(5);
    await addGridNoise(sums, 0, random);
    await addGridNoise(new Float64Array(1), 100, again);
    expect([...sums]).toEqual([5]);
    expect(random.uint32()).toBe(again.uint32());
  });

  it.each([-1, 3, NaN, Infinity])('refuses the deviation %p', async (deviation) => {
    const added = addGridNoise(new Float64Array(1), deviation, new SeededRandom(1, 'noise'));
    await expect(added).rejects.toThrow(/^deviation: expected from 2\^4 to 2\^42 grid units/);
  });
});
