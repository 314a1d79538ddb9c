import * as tf from '@tensorflow/tfjs-core';
import { measureSideBySide } from './measure.mjs';

const words = 40_000;
/** Values of one weight: so few that a busy machine leaves some turns alone. */
const values = 65_536;
const turns = 60;

/** What a private step pays for its randomness: rounding bits, sampling words, noise. */
export default {
  name: 'random',
  description:
    'nanoseconds per random word, per normal variate, and per value that a release adds noise to',

  async run({ log }) {
    const { backends, mechanisms, random } = await loadPackages();
    const { SecureRandom, SeededRandom, fillGaussian, philox4x32 } = random;
    const key = [1, 2];
    const block = new Uint32Array(4);
    const seeded = new SeededRandom(1, 'benchmark');
    const secure = new SecureRandom();
    const variates = new Float32Array(words);
    const sums = new Float64Array(values);
    await backends.startBackend('wasm');
    const kernel = tf.getKernel(mechanisms.noiseOperations.grid.name, 'wasm');
    const addNoise = () => mechanisms.addGridNoise(sums, 2 ** 20, secure);
    const addNoiseWithoutKernel = () => {
      tf.unregisterKernel(kernel.kernelName, 'wasm');
      const added = addNoise();
      tf.registerKernel(kernel);
      return added;
    };
    log(
      `${words} operations a turn, median and least of ${turns} turns; noise on ${values} values`,
    );
    const results = await measureSideBySide(
      [
        {
          name: 'Math.random (for comparison), word',
          operations: words,
          run: () => {
            for (let i = 0; i < words; i++) block[i & 3] = Math.random() * 2 ** 32;
          },
        },
        {
          name: 'Philox4x32-10, word',
          operations: words,
          run: () => {
            for (let i = 0; i < words / 4; i++) philox4x32(key, i, 0, 0, 0, block);
          },
        },
        {
          name: 'ChaCha20, word',
          operations: words,
          run: () => {
            for (let i = 0; i < words; i++) block[i & 3] = seeded.uint32();
          },
        },
        {
          name: 'ChaCha20, normal variate',
          operations: words,
          run: () => fillGaussian(secure, variates),
        },
        {
          name: 'noise added to a sum, plain loop',
          operations: values,
          run: addNoiseWithoutKernel,
        },
        {
          name: 'noise added to a sum, SIMD kernel',
          operations: values,
          run: addNoise,
        },
      ],
      { turns },
    );
    const philox = results.find(({ name }) => name.startsWith('Philox')).least;
    return results.map(({ name, nanoseconds, least }) => ({
      what: name,
      nanoseconds: Number(nanoseconds.toFixed(2)),
      'nanoseconds, least': Number(least.toFixed(2)),
      'relative to Philox': Number((least / philox).toFixed(2)),
    }));
  },
};

async function loadPackages() {
  try {
    return {
      backends: await import('@dpquant/backends'),
      mechanisms: await import('@dpquant/mechanisms'),
      random: await import('@dpquant/random'),
    };
  } catch (cause) {
    throw new Error('the packages are not built: run `npm run build` first', { cause });
  }
}
