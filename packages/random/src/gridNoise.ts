import { chacha20Block } from './chacha20.ts';
import { gaussianPairOfWords } from './gaussianPair.ts';

// A local name: looking up a global is slow where globals are intercepted.
const { floor } = Math;

/** Parameters of noise of one standard deviation: deviation = cellDeviation · 2^shift. */
export interface GridNoiseScale {
  /**
   * Standard deviation of the Gaussian in cells of 2^shift whole numbers: from 16 to below 1024.
   */
  readonly cellDeviation: number;
  readonly shift: number;
  /** 2^shift */
  readonly cellSize: number;
}

/** Below this the cells of the Gaussian are too coarse for the proof in docs/noise.md. */
export const smallestGridDeviation = 2 ** 4;
/** From here on four uniform variates of 32 bits cannot cover a cell. */
const tooLargeDeviation = 2 ** 42;
const tooLargeCellDeviation = 2 ** 10;

/**
 * Number of ChaCha20 blocks computed together: they hold whole pairs of eight or of twelve words.
 */
const blocksAtATime = 3;
const wordsAtATime = 48;

/** Up to this shift a pair takes eight words, and kernels support it. */
const largestHalfWordShift = 16;

/**
 * Parameters of noise of a standard deviation: as few cells as possible, but at least 512 per
 * deviation. The bound of docs/noise.md holds for all results.
 *
 * @throws RangeError for a deviation below 2⁴ or from 2⁴² on
 */
export function gridNoiseScale(deviation: number): GridNoiseScale {
  if (!(deviation >= smallestGridDeviation && deviation < tooLargeDeviation)) {
    throw new RangeError(
      `deviation: expected from 2^4 to 2^42 grid units, got ${deviation}; ` +
        'scale the noise multiplier, or what it is relative to, into that range',
    );
  }
  let cellDeviation = deviation;
  let shift = 0;
  for (; cellDeviation >= tooLargeCellDeviation; shift++) cellDeviation /= 2;
  return { cellDeviation, shift, cellSize: 2 ** shift };
}

/**
 * Number of ChaCha20 words per pair of values: two for the radius, two for the angle, the rest for
 * the uniform variates.
 */
function wordsOfGridPair(shift: number): number {
  return shift <= largestHalfWordShift ? 8 : 12;
}

/**
 * Fills `out` with independent integer noise of a standard deviation: for m = `shift`, K =
 * 2ᵐ·⌊N/2ᵐ⌋ + U₁ + U₂ + U₃ + U₄ − 3·2ᵐ⁻¹ + 2, where N is Gaussian and each U is uniform on 0 … 2ᵐ −
 * 1; K = ⌊N⌋ for m = 0. The mean is 0, or −½ for m = 0.
 *
 * Guarantee (docs/noise.md): added to whole numbers, it is as private as a Gaussian of that
 * deviation, up to a Rényi divergence of α·2⁻⁷⁶ per value, for all orders α from 2 to 2²⁶ and in
 * both directions. A whole number has no further bits that could reveal more.
 *
 * The words are those of ChaCha20 under `key` (`ChaChaStream`): eight per pair of values, or twelve
 * for deviations from 2²⁶ on. For one pair in 8192 the radius needs more bits, from the block with
 * the pair's number under the nonce (0, 1, 0). Each place can therefore be filled independently,
 * with the same bits on every engine.
 *
 * @param key eight random words, used only for this noise
 * @param deviation in whole numbers, from 2⁴ to below 2⁴²
 * @param first place of `out[0]` in the noise of this key; even
 * @throws RangeError for a deviation out of range, or an odd first place
 */
export function fillGridNoise(
  key: Uint32Array,
  deviation: number,
  out: Float64Array,
  first = 0,
): void {
  const scale = gridNoiseScale(deviation);
  if (!Number.isSafeInteger(first / 2) || first < 0) {
    throw new RangeError(`first: expected an even place ≥ 0, got ${first}`);
  }
  const each = wordsOfGridPair(scale.shift);
  const words = new Uint32Array(wordsAtATime);
  const pair = new Float64Array(2);
  let number = first / 2;
  const zeros = () => zerosOfNextBlock(key, number);
  // Each group of blocks begins with a whole pair.
  const ofGroup = wordsAtATime / each;
  for (let i = 0; i < out.length; number++, i += 2) {
    const place = number % ofGroup;
    if (place === 0 || i === 0) fillWords(key, floor(number / ofGroup) * blocksAtATime, words);
    gridPairOfWords(words, place * each, zeros, scale, pair);
    out[i] = pair[0]!;
    if (i + 1 < out.length) out[i + 1] = pair[1]!;
  }
  words.fill(0);
  pair.fill(0);
}

/** Computes ChaCha20 blocks, starting at `firstBlock`. */
function fillWords(key: Uint32Array, firstBlock: number, words: Uint32Array): void {
  const nonce = new Uint32Array(3);
  for (let i = 0; i < blocksAtATime; i++) {
    const block = firstBlock + i;
    nonce[0] = floor(block / 2 ** 32);
    chacha20Block(key, block >>> 0, nonce, words.subarray(16 * i, 16 * i + 16));
  }
}

/**
 * The pair of whole numbers for the given words.
 *
 * @param words eight words from `first` on are used, or twelve for a shift above 16
 * @param zeros returns the number of further leading zeros of the radius, if all its bits in the
 *   words are zero
 */
export function gridPairOfWords(
  words: Uint32Array,
  first: number,
  zeros: () => number,
  { cellDeviation, shift, cellSize }: GridNoiseScale,
  out: Float64Array,
): void {
  gaussianPairOfWords(words, first, zeros, cellDeviation, out);
  // Makes the mean zero.
  const constant = 2 - 1.5 * cellSize;
  const isByHalves = shift <= largestHalfWordShift;
  for (let i = 0; i < 2; i++) {
    const cell = floor(out[i]!);
    if (shift === 0) out[i] = cell;
    else if (isByHalves) {
      const from = first + 4 + 2 * i;
      const low = sumOfHalves(words[from]!, shift) + sumOfHalves(words[from + 1]!, shift);
      out[i] = cell * cellSize + low + constant;
    } else {
      let low = constant;
      for (let j = 0; j < 4; j++) low += words[first + 4 + 4 * i + j]! >>> (32 - shift);
      out[i] = cell * cellSize + low;
    }
  }
}

/** Adds two uniform numbers, made of the highest bits of each half of a word. */
function sumOfHalves(word: number, shift: number): number {
  return ((word & 0xffff) >>> (16 - shift)) + (word >>> (32 - shift));
}

/** Leading zeros of the block that continues a pair's radius; at most 512. */
function zerosOfNextBlock(key: Uint32Array, pair: number): number {
  const block = new Uint32Array(16);
  chacha20Block(key, pair >>> 0, Uint32Array.of(floor(pair / 2 ** 32), 1, 0), block);
  let zeros = 0;
  for (const word of block) {
    zeros += Math.clz32(word);
    if (word !== 0) break;
  }
  block.fill(0);
  return zeros;
}
