/** Number of words generated at a time, large enough that setting up the loop takes little time. */
export const wordsOfChunk: i32 = 256;
/** Bytes of the words of a chunk. */
export const wordBytes: usize = (wordsOfChunk as usize) * 4;

const rounds: usize = 10;
/** Bytes of the keys of all rounds. */
export const keyBytes: usize = rounds * 32;

/** The keys of all rounds, four times each. */
export function philoxKeys(key0: u32, key1: u32, target: usize): void {
  for (let round: usize = 0; round < rounds; round++) {
    v128.store(target + round * 32, i32x4.splat(key0));
    v128.store(target + round * 32, i32x4.splat(key1), 16);
    key0 += 0x9e3779b9;
    key1 += 0xbb67ae85;
  }
}

/** High halves of the products of the four lanes with a multiplier. */
function multiplyHigh(low: v128, high: v128): v128 {
  return v128.shuffle<i32>(low, high, 1, 3, 5, 7);
}

/** Low halves of the same. */
function multiplyLow(low: v128, high: v128): v128 {
  return v128.shuffle<i32>(low, high, 0, 2, 4, 6);
}

/**
 * At least `count` random words, a multiple of 16: the Philox4x32-10 blocks of the counters (block,
 * c1, c2, c3), (block + 1, c1, c2, c3) … under the key, one after the other.
 *
 * @param keys from `philoxKeys`
 */
export function philoxWords(
  block: i32,
  c1: u32,
  c2: u32,
  c3: u32,
  count: i32,
  keys: usize,
  target: usize,
): void {
  const multiplier0 = i32x4.splat(0xd2511f53);
  const multiplier1 = i32x4.splat(0xcd9e8d57);
  const keyEnd = keys + keyBytes;
  for (let word = 0; word < count; word += 16) {
    // Four blocks side by side, one per lane.
    let v0 = i32x4.add(i32x4.splat(block + (word >> 2)), i32x4(0, 1, 2, 3));
    let v1 = i32x4.splat(c1);
    let v2 = i32x4.splat(c2);
    let v3 = i32x4.splat(c3);
    for (let key = keys; key < keyEnd; key += 32) {
      const low0 = i64x2.extmul_low_i32x4_u(v0, multiplier0);
      const high0 = i64x2.extmul_high_i32x4_u(v0, multiplier0);
      const low1 = i64x2.extmul_low_i32x4_u(v2, multiplier1);
      const high1 = i64x2.extmul_high_i32x4_u(v2, multiplier1);
      v0 = v128.xor(v128.xor(multiplyHigh(low1, high1), v1), v128.load(key));
      v2 = v128.xor(v128.xor(multiplyHigh(low0, high0), v3), v128.load(key, 16));
      v1 = multiplyLow(low1, high1);
      v3 = multiplyLow(low0, high0);
    }
    // Transposed, so that the four words of a block are one vector.
    const a = v128.shuffle<i32>(v0, v1, 0, 4, 1, 5);
    const b = v128.shuffle<i32>(v2, v3, 0, 4, 1, 5);
    const c = v128.shuffle<i32>(v0, v1, 2, 6, 3, 7);
    const d = v128.shuffle<i32>(v2, v3, 2, 6, 3, 7);
    const words0 = v128.shuffle<i64>(a, b, 0, 2);
    const words1 = v128.shuffle<i64>(a, b, 1, 3);
    const words2 = v128.shuffle<i64>(c, d, 0, 2);
    const words3 = v128.shuffle<i64>(c, d, 1, 3);
    v128.store(target, words0);
    v128.store(target, words1, 16);
    v128.store(target, words2, 32);
    v128.store(target, words3, 48);
    target += 64;
  }
}

/** Bytes of scratch of a quantizer: a chunk of words, the keys, and four values. */
export function quantizerScratch(): usize {
  return wordBytes + keyBytes + 16;
}
