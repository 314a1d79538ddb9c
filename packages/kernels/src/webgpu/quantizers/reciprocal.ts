/**
 * 1/x of a normal float32, correctly rounded, in WGSL, whose own division may be inexact. Both are
 * bits.
 *
 * The quotient's 25 bits come from a long division of the mantissas; a tie is not possible.
 */
export const reciprocal = `
fn reciprocalBits(x: u32) -> u32 {
  let exponent = x >> 23u;
  let mantissa = (x & 0x7fffffu) | 0x800000u;
  if (mantissa == 0x800000u) {
    return (254u - exponent) << 23u;
  }
  var quotient = 0u;
  var remainder = 0x800000u;
  for (var bit = 0; bit < 25; bit++) {
    remainder <<= 1u;
    quotient <<= 1u;
    if (remainder >= mantissa) {
      remainder -= mantissa;
      quotient |= 1u;
    }
  }
  // The quotient lies between one half and one: its first bit is set.
  let rounded = (quotient >> 1u) + (quotient & 1u);
  return ((253u - exponent) << 23u) + rounded - 0x800000u;
}
`;
