const doubleView = new Float64Array(1);
const doubleWords = new Uint32Array(doubleView.buffer);

/** ⌊log₂ x⌋ of a positive normal float64; −1023 for a smaller number. */
export function exponentOf(x: number): number {
  doubleView[0] = x;
  return ((doubleWords[1]! >>> 20) & 0x7ff) - 1023;
}
