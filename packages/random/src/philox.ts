/**
 * Philox4x32-10, the counter-based generator of Salmon, Moraes, Dror and Shaw, "Parallel random
 * numbers: as easy as 1, 2, 3" (SC 2011). A block of four 32-bit words is a pure function of a
 * 128-bit counter and a 64-bit key: any word can be computed independently, in any order, on any
 * device. Statistically strong, not cryptographic: use it for rounding, dropout and augmentation,
 * never for privacy noise or sampling.
 */

/** 64-bit key as two unsigned 32-bit words. */
export type PhiloxKey = readonly [number, number];

// A local name: looking up a global in every multiplication is slow where globals are intercepted.
const { imul } = Math;

const multiplier0 = 0xd2511f53;
const multiplier1 = 0xcd9e8d57;
const weyl0 = 0x9e3779b9;
const weyl1 = 0xbb67ae85;

/** High 32 bits of the product of two unsigned 32-bit words, as a signed 32-bit integer. */
function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = (imul(aHigh, bLow) + (imul(aLow, bLow) >>> 16)) | 0;
  const carry = (imul(aLow, bHigh) + (middle & 0xffff)) | 0;
  return (imul(aHigh, bHigh) + (middle >>> 16) + (carry >>> 16)) | 0;
}

/** Writes the block of counter (c0, c1, c2, c3) under `key` to `out[offset … offset + 3]`. */
export function philox4x32(
  key: PhiloxKey,
  c0: number,
  c1: number,
  c2: number,
  c3: number,
  out: Uint32Array,
  offset = 0,
): void {
  let k0 = key[0] | 0;
  let k1 = key[1] | 0;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(multiplier0, c0);
    const low0 = imul(multiplier0, c0);
    const high1 = multiplyHigh(multiplier1, c2);
    const low1 = imul(multiplier1, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + weyl0) | 0;
    k1 = (k1 + weyl1) | 0;
  }
  out[offset] = c0;
  out[offset + 1] = c1;
  out[offset + 2] = c2;
  out[offset + 3] = c3;
}

/**
 * Derives a key from a key and labels, so that each purpose has an independent stream:
 * `derivePhiloxKey(seedKey, 'rounding', 'conv1', 'activations')`. The labels' UTF-8 bytes are
 * processed sixteen at a time, with Philox as the compression function.
 */
export function derivePhiloxKey(key: PhiloxKey, ...labels: readonly string[]): PhiloxKey {
  const words = new Uint32Array(4);
  let derived = key;
  for (const label of labels) {
    const bytes = new TextEncoder().encode(label);
    const padded = new Uint8Array(Math.ceil((bytes.length + 1) / 16) * 16);
    padded.set(bytes);
    padded[bytes.length] = 0x80;
    const blocks = new DataView(padded.buffer);
    for (let i = 0; i < padded.length; i += 16) {
      const word = (j: number) => blocks.getUint32(i + 4 * j, true);
      philox4x32(derived, word(0), word(1), word(2), word(3), words);
      derived = [words[0]!, words[1]!];
    }
  }
  return derived;
}

/** The key for a seed (a whole number below 2⁵³). */
export function philoxKeyFromSeed(seed: number): PhiloxKey {
  requireSeed(seed);
  return derivePhiloxKey([seed >>> 0, Math.floor(seed / 2 ** 32)], 'dpquant seed');
}

/** @throws RangeError unless `seed` is a whole number from 0 to 2⁵³ − 1 */
export function requireSeed(seed: number): void {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`seed: expected a whole number from 0 to 2^53 - 1, got ${String(seed)}`);
  }
}
