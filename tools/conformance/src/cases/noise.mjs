import { addGaussianNoise } from '@dpquant/mechanisms';
import { SeededRandom } from '@dpquant/random';
import { normal } from './values.mjs';

/** The noise of a seeded run is the same, to the bit, whatever computes it. */
function noiseCase(size, deviation) {
  return {
    group: 'noise',
    name: `of ${size} values, standard deviation ${deviation}`,
    agreement: 'identical',
    async compute() {
      const values = normal(size, 1);
      const random = new SeededRandom(2, 'noise');
      await addGaussianNoise(values, deviation, random);
      // What is drawn next is the same, too.
      return { values, next: [random.uint32()] };
    },
  };
}

/** @type {import('../conformanceCase.mjs').ConformanceCase[]} */
export const noiseCases = [noiseCase(1, 1), noiseCase(1001, 0.3), noiseCase(40_000, 1e-3)];
