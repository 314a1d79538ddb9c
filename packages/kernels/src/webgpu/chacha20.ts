/**
 * The ChaCha20 block function in WGSL: `chacha20(key, counterAndNonce)` gives the sixteen words of a block in four
 * rows. See `chacha20Block` of random.
 */
export const chacha20 = `
alias Rows = array<vec4<u32>, 4>;

fn rotated(x: vec4<u32>, by: u32) -> vec4<u32> {
  return (x << vec4<u32>(by)) | (x >> vec4<u32>(32u - by));
}

/** Four quarter rounds side by side, one a column. */
fn quarterRounds(rows: Rows) -> Rows {
  var a = rows[0] + rows[1];
  var d = rotated(rows[3] ^ a, 16u);
  var c = rows[2] + d;
  var b = rotated(rows[1] ^ c, 12u);
  a += b;
  d = rotated(d ^ a, 8u);
  c += d;
  b = rotated(b ^ c, 7u);
  return Rows(a, b, c, d);
}

fn chacha20(key: array<vec4<u32>, 2>, counterAndNonce: vec4<u32>) -> Rows {
  let constants = vec4<u32>(0x61707865u, 0x3320646eu, 0x79622d32u, 0x6b206574u);
  let start = Rows(constants, key[0], key[1], counterAndNonce);
  var rows = start;
  for (var doubleRound = 0; doubleRound < 10; doubleRound++) {
    rows = quarterRounds(rows);
    // The diagonals become columns, and back.
    rows = quarterRounds(Rows(rows[0], rows[1].yzwx, rows[2].zwxy, rows[3].wxyz));
    rows = Rows(rows[0], rows[1].wxyz, rows[2].zwxy, rows[3].yzwx);
  }
  return Rows(rows[0] + start[0], rows[1] + start[1], rows[2] + start[2], rows[3] + start[3]);
}
`;
