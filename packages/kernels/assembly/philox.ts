/** Bytes of the words of `philoxWords`. */
export const wordBytes: usize = 64;

/** High halves of the products of the four lanes with a multiplier. */
function multiplyHigh(low: v128, high: v128): v128 {
  return v128.shuffle<i32>(low, high, 1, 3, 5, 7);
}

/** Low halves of the same. */
function multiplyLow(low: v128, high: v128): v128 {
  return v128.shuffle<i32>(low, high, 0, 2, 4, 6);
}

/**
 * Sixteen random words: the Philox4x32-10 blocks of the counters (block, c1, c2, c3) to (block + 3, c1, c2, c3)
 * under the key, one after the other.
 */
export function philoxWords(
  block: i32,
  c1: u32,
  c2: u32,
  c3: u32,
  key0: u32,
  key1: u32,
  target: usize,
): void {
  const multiplier0 = i32x4.splat(0xd2511f53);
  const multiplier1 = i32x4.splat(0xcd9e8d57);
  // Four blocks side by side, one a lane.
  let v0 = i32x4.add(i32x4.splat(block), i32x4(0, 1, 2, 3));
  let v1 = i32x4.splat(c1);
  let v2 = i32x4.splat(c2);
  let v3 = i32x4.splat(c3);
  let k0 = key0;
  let k1 = key1;
  for (let round = 0; round < 10; round++) {
    const low0 = i64x2.extmul_low_i32x4_u(v0, multiplier0);
    const high0 = i64x2.extmul_high_i32x4_u(v0, multiplier0);
    const low1 = i64x2.extmul_low_i32x4_u(v2, multiplier1);
    const high1 = i64x2.extmul_high_i32x4_u(v2, multiplier1);
    const next0 = v128.xor(v128.xor(multiplyHigh(low1, high1), v1), i32x4.splat(k0));
    const next2 = v128.xor(v128.xor(multiplyHigh(low0, high0), v3), i32x4.splat(k1));
    v1 = multiplyLow(low1, high1);
    v3 = multiplyLow(low0, high0);
    v0 = next0;
    v2 = next2;
    k0 += 0x9e3779b9;
    k1 += 0xbb67ae85;
  }
  // Turned, so that the four words of a block are one vector.
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
}
