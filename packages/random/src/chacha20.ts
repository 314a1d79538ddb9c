/**
 * The ChaCha20 block function (RFC 8439, section 2.3): a cryptographic generator in counter mode.
 */

const sigma = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] as const;

/**
 * Computes one block of sixteen 32-bit words.
 *
 * @param key eight words
 * @param counter block number, below 2³²
 * @param nonce three words
 * @param out receives the sixteen words
 */
export function chacha20Block(
  key: Uint32Array,
  counter: number,
  nonce: Uint32Array,
  out: Uint32Array,
): void {
  const s4 = key[0]!;
  const s5 = key[1]!;
  const s6 = key[2]!;
  const s7 = key[3]!;
  const s8 = key[4]!;
  const s9 = key[5]!;
  const s10 = key[6]!;
  const s11 = key[7]!;
  const s13 = nonce[0]!;
  const s14 = nonce[1]!;
  const s15 = nonce[2]!;
  let x0 = sigma[0] | 0;
  let x1 = sigma[1] | 0;
  let x2 = sigma[2] | 0;
  let x3 = sigma[3] | 0;
  let x4 = s4 | 0;
  let x5 = s5 | 0;
  let x6 = s6 | 0;
  let x7 = s7 | 0;
  let x8 = s8 | 0;
  let x9 = s9 | 0;
  let x10 = s10 | 0;
  let x11 = s11 | 0;
  let x12 = counter | 0;
  let x13 = s13 | 0;
  let x14 = s14 | 0;
  let x15 = s15 | 0;
  const rotate = (x: number, n: number) => (x << n) | (x >>> (32 - n));
  // The words stay in local variables, so that the engine keeps them in registers.
  // prettier-ignore
  for (let doubleRound = 0; doubleRound < 10; doubleRound++) {
    // Columns.
    x0 = (x0 + x4) | 0; x12 = rotate(x12 ^ x0, 16); x8 = (x8 + x12) | 0; x4 = rotate(x4 ^ x8, 12);
    x0 = (x0 + x4) | 0; x12 = rotate(x12 ^ x0, 8); x8 = (x8 + x12) | 0; x4 = rotate(x4 ^ x8, 7);
    x1 = (x1 + x5) | 0; x13 = rotate(x13 ^ x1, 16); x9 = (x9 + x13) | 0; x5 = rotate(x5 ^ x9, 12);
    x1 = (x1 + x5) | 0; x13 = rotate(x13 ^ x1, 8); x9 = (x9 + x13) | 0; x5 = rotate(x5 ^ x9, 7);
    x2 = (x2 + x6) | 0; x14 = rotate(x14 ^ x2, 16); x10 = (x10 + x14) | 0; x6 = rotate(x6 ^ x10, 12);
    x2 = (x2 + x6) | 0; x14 = rotate(x14 ^ x2, 8); x10 = (x10 + x14) | 0; x6 = rotate(x6 ^ x10, 7);
    x3 = (x3 + x7) | 0; x15 = rotate(x15 ^ x3, 16); x11 = (x11 + x15) | 0; x7 = rotate(x7 ^ x11, 12);
    x3 = (x3 + x7) | 0; x15 = rotate(x15 ^ x3, 8); x11 = (x11 + x15) | 0; x7 = rotate(x7 ^ x11, 7);
    // Diagonals.
    x0 = (x0 + x5) | 0; x15 = rotate(x15 ^ x0, 16); x10 = (x10 + x15) | 0; x5 = rotate(x5 ^ x10, 12);
    x0 = (x0 + x5) | 0; x15 = rotate(x15 ^ x0, 8); x10 = (x10 + x15) | 0; x5 = rotate(x5 ^ x10, 7);
    x1 = (x1 + x6) | 0; x12 = rotate(x12 ^ x1, 16); x11 = (x11 + x12) | 0; x6 = rotate(x6 ^ x11, 12);
    x1 = (x1 + x6) | 0; x12 = rotate(x12 ^ x1, 8); x11 = (x11 + x12) | 0; x6 = rotate(x6 ^ x11, 7);
    x2 = (x2 + x7) | 0; x13 = rotate(x13 ^ x2, 16); x8 = (x8 + x13) | 0; x7 = rotate(x7 ^ x8, 12);
    x2 = (x2 + x7) | 0; x13 = rotate(x13 ^ x2, 8); x8 = (x8 + x13) | 0; x7 = rotate(x7 ^ x8, 7);
    x3 = (x3 + x4) | 0; x14 = rotate(x14 ^ x3, 16); x9 = (x9 + x14) | 0; x4 = rotate(x4 ^ x9, 12);
    x3 = (x3 + x4) | 0; x14 = rotate(x14 ^ x3, 8); x9 = (x9 + x14) | 0; x4 = rotate(x4 ^ x9, 7);
  }
  out[0] = x0 + sigma[0];
  out[1] = x1 + sigma[1];
  out[2] = x2 + sigma[2];
  out[3] = x3 + sigma[3];
  out[4] = x4 + s4;
  out[5] = x5 + s5;
  out[6] = x6 + s6;
  out[7] = x7 + s7;
  out[8] = x8 + s8;
  out[9] = x9 + s9;
  out[10] = x10 + s10;
  out[11] = x11 + s11;
  out[12] = x12 + counter;
  out[13] = x13 + s13;
  out[14] = x14 + s14;
  out[15] = x15 + s15;
}
