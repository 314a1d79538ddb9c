// The ChaCha20 block function (RFC 8439, section 2.3), four blocks side by side, one per lane. See
// `chacha20Block` in random.

function rotate16(x: v128): v128 {
  return v128.swizzle(x, i8x16(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
}

function rotate12(x: v128): v128 {
  return v128.or(i32x4.shl(x, 12), i32x4.shr_u(x, 20));
}

function rotate8(x: v128): v128 {
  return v128.swizzle(x, i8x16(3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14));
}

function rotate7(x: v128): v128 {
  return v128.or(i32x4.shl(x, 7), i32x4.shr_u(x, 25));
}

/** Stores four consecutive words of each of the four blocks, which are 64 bytes apart. */
function storeTurned(words: usize, at: usize, w0: v128, w1: v128, w2: v128, w3: v128): void {
  const a = v128.shuffle<i32>(w0, w1, 0, 4, 1, 5);
  const b = v128.shuffle<i32>(w2, w3, 0, 4, 1, 5);
  const c = v128.shuffle<i32>(w0, w1, 2, 6, 3, 7);
  const d = v128.shuffle<i32>(w2, w3, 2, 6, 3, 7);
  v128.store(words + at, v128.shuffle<i64>(a, b, 0, 2));
  v128.store(words + at, v128.shuffle<i64>(a, b, 1, 3), 64);
  v128.store(words + at, v128.shuffle<i64>(c, d, 0, 2), 128);
  v128.store(words + at, v128.shuffle<i64>(c, d, 1, 3), 192);
}

/**
 * Writes blocks `first` to `first` + 3 under the key of eight words and the nonce (0, `nonce`, 0):
 * 256 bytes.
 */
export function chacha20Blocks(key: usize, first: u32, nonce: u32, words: usize): void {
  const counters = i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3));
  let x0 = i32x4.splat(0x61707865);
  let x1 = i32x4.splat(0x3320646e);
  let x2 = i32x4.splat(0x79622d32);
  let x3 = i32x4.splat(0x6b206574);
  let x4 = v128.load32_splat(key, 0);
  let x5 = v128.load32_splat(key, 4);
  let x6 = v128.load32_splat(key, 8);
  let x7 = v128.load32_splat(key, 12);
  let x8 = v128.load32_splat(key, 16);
  let x9 = v128.load32_splat(key, 20);
  let x10 = v128.load32_splat(key, 24);
  let x11 = v128.load32_splat(key, 28);
  let x12 = counters;
  let x13 = i32x4.splat(0);
  let x14 = i32x4.splat(nonce);
  let x15 = i32x4.splat(0);
  // prettier-ignore
  for (let doubleRound = 0; doubleRound < 10; doubleRound++) {
    // Columns.
    x0 = i32x4.add(x0, x4); x12 = rotate16(v128.xor(x12, x0)); x8 = i32x4.add(x8, x12); x4 = rotate12(v128.xor(x4, x8));
    x0 = i32x4.add(x0, x4); x12 = rotate8(v128.xor(x12, x0)); x8 = i32x4.add(x8, x12); x4 = rotate7(v128.xor(x4, x8));
    x1 = i32x4.add(x1, x5); x13 = rotate16(v128.xor(x13, x1)); x9 = i32x4.add(x9, x13); x5 = rotate12(v128.xor(x5, x9));
    x1 = i32x4.add(x1, x5); x13 = rotate8(v128.xor(x13, x1)); x9 = i32x4.add(x9, x13); x5 = rotate7(v128.xor(x5, x9));
    x2 = i32x4.add(x2, x6); x14 = rotate16(v128.xor(x14, x2)); x10 = i32x4.add(x10, x14); x6 = rotate12(v128.xor(x6, x10));
    x2 = i32x4.add(x2, x6); x14 = rotate8(v128.xor(x14, x2)); x10 = i32x4.add(x10, x14); x6 = rotate7(v128.xor(x6, x10));
    x3 = i32x4.add(x3, x7); x15 = rotate16(v128.xor(x15, x3)); x11 = i32x4.add(x11, x15); x7 = rotate12(v128.xor(x7, x11));
    x3 = i32x4.add(x3, x7); x15 = rotate8(v128.xor(x15, x3)); x11 = i32x4.add(x11, x15); x7 = rotate7(v128.xor(x7, x11));
    // Diagonals.
    x0 = i32x4.add(x0, x5); x15 = rotate16(v128.xor(x15, x0)); x10 = i32x4.add(x10, x15); x5 = rotate12(v128.xor(x5, x10));
    x0 = i32x4.add(x0, x5); x15 = rotate8(v128.xor(x15, x0)); x10 = i32x4.add(x10, x15); x5 = rotate7(v128.xor(x5, x10));
    x1 = i32x4.add(x1, x6); x12 = rotate16(v128.xor(x12, x1)); x11 = i32x4.add(x11, x12); x6 = rotate12(v128.xor(x6, x11));
    x1 = i32x4.add(x1, x6); x12 = rotate8(v128.xor(x12, x1)); x11 = i32x4.add(x11, x12); x6 = rotate7(v128.xor(x6, x11));
    x2 = i32x4.add(x2, x7); x13 = rotate16(v128.xor(x13, x2)); x8 = i32x4.add(x8, x13); x7 = rotate12(v128.xor(x7, x8));
    x2 = i32x4.add(x2, x7); x13 = rotate8(v128.xor(x13, x2)); x8 = i32x4.add(x8, x13); x7 = rotate7(v128.xor(x7, x8));
    x3 = i32x4.add(x3, x4); x14 = rotate16(v128.xor(x14, x3)); x9 = i32x4.add(x9, x14); x4 = rotate12(v128.xor(x4, x9));
    x3 = i32x4.add(x3, x4); x14 = rotate8(v128.xor(x14, x3)); x9 = i32x4.add(x9, x14); x4 = rotate7(v128.xor(x4, x9));
  }
  storeTurned(
    words,
    0,
    i32x4.add(x0, i32x4.splat(0x61707865)),
    i32x4.add(x1, i32x4.splat(0x3320646e)),
    i32x4.add(x2, i32x4.splat(0x79622d32)),
    i32x4.add(x3, i32x4.splat(0x6b206574)),
  );
  storeTurned(
    words,
    16,
    i32x4.add(x4, v128.load32_splat(key, 0)),
    i32x4.add(x5, v128.load32_splat(key, 4)),
    i32x4.add(x6, v128.load32_splat(key, 8)),
    i32x4.add(x7, v128.load32_splat(key, 12)),
  );
  storeTurned(
    words,
    32,
    i32x4.add(x8, v128.load32_splat(key, 16)),
    i32x4.add(x9, v128.load32_splat(key, 20)),
    i32x4.add(x10, v128.load32_splat(key, 24)),
    i32x4.add(x11, v128.load32_splat(key, 28)),
  );
  storeTurned(words, 48, i32x4.add(x12, counters), x13, i32x4.add(x14, i32x4.splat(nonce)), x15);
}
