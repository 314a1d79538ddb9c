import { measureSideBySide } from './measure.mjs';

const words = 400_000;

/** What a private step pays for its randomness: rounding bits, sampling words, noise. */
export default {
  name: 'random',
  description: 'nanoseconds per random word and per normal variate of @dpquant/random',

  async run({ log }) {
    const { SecureRandom, SeededRandom, fillGaussian, philox4x32 } = await loadRandom();
    const key = [1, 2];
    const block = new Uint32Array(4);
    const seeded = new SeededRandom(1, 'benchmark');
    const secure = new SecureRandom();
    const variates = new Float32Array(words);
    log(`${words} operations a turn, median of 15 turns`);
    const results = await measureSideBySide([
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
    ]);
    const philox = results.find(({ name }) => name.startsWith('Philox')).nanoseconds;
    return results.map(({ name, nanoseconds }) => ({
      what: name,
      nanoseconds: Number(nanoseconds.toFixed(2)),
      'relative to Philox': Number((nanoseconds / philox).toFixed(2)),
    }));
  },
};

async function loadRandom() {
  try {
    return await import('@dpquant/random');
  } catch (cause) {
    throw new Error('the packages are not built: run `npm run build` first', { cause });
  }
}
