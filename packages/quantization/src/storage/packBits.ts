/**
 * Packs codes of `bits` bits each into bytes without gaps: the first code is in the low bits of the
 * first byte (4-bit codes: two per byte, the even one in the low nibble; 6-bit codes: four in three
 * bytes).
 */
export function packBits(codes: ArrayLike<number>, bits: number): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((codes.length * bits) / 8));
  for (let i = 0; i < codes.length; i++) {
    let code = codes[i]!;
    let position = i * bits;
    for (let left = bits; left > 0;) {
      const shift = position % 8;
      const taken = Math.min(8 - shift, left);
      bytes[Math.floor(position / 8)]! |= (code % 2 ** taken) << shift;
      code = Math.floor(code / 2 ** taken);
      position += taken;
      left -= taken;
    }
  }
  return bytes;
}

/** The `count` codes that `packBits` packed. */
export function unpackBits(bytes: Uint8Array, bits: number, count: number): Uint16Array {
  if (bytes.length !== Math.ceil((count * bits) / 8)) {
    throw new RangeError(
      `packed codes: expected ${Math.ceil((count * bits) / 8)} bytes for ${count} codes of ${bits} bits, got ${bytes.length}`,
    );
  }
  const codes = new Uint16Array(count);
  for (let i = 0; i < count; i++) {
    let position = i * bits;
    for (let done = 0; done < bits;) {
      const shift = position % 8;
      const taken = Math.min(8 - shift, bits - done);
      codes[i]! |= ((bytes[Math.floor(position / 8)]! >> shift) % 2 ** taken) << done;
      position += taken;
      done += taken;
    }
  }
  return codes;
}
