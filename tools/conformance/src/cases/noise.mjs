import { addGridNoise } from '@dpquant/mechanisms';
import { SeededRandom } from '@dpquant/random';

/** The noise of a seeded run is the same, to the bit, whatever computes it. */
function noiseCase(size, deviation) {
  return {
    group: 'noise',
    name: `of ${size} values, standard deviation ${deviation}`,
    agreement: 'identical',
    async compute() {
      const values = Float64Array.from({ length: size }, (_, i) => i * 2 ** 30 - size);
      const random = new SeededRandom(2, 'noise');
      await addGridNoise(values, deviation, random);
      // What is drawn next is the same, too.
      return { values, next: [random.uint32()] };
    },
  };
}

/** @type {import('../conformanceCase.mjs').ConformanceCase[]} */
export const noiseCases = [noiseCase(1, 16), noiseCase(1001, 2 ** 20), noiseCase(40_000, 1e9)];
