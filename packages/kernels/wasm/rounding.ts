/**
 * 1.5·2²³. Added to a float32 value x of magnitude 2²² at most it leaves rint(x), ties to even,
 * in two's complement, in the low bits. This is faster than a conversion, which must handle NaN.
 */
export const shift: f32 = 12582912;
export const shiftBits: i32 = 0x4b400000;

/**
 * Sums of rounded values add up the bits of fl(x + `shift`) in int32, which may wrap around in
 * between. This sets their start values: minus `shiftBits` for each term to come.
 *
 * @param terms number of values that will be added to each sum
 */
export function startSums(
  target: usize,
  rowBytes: usize,
  rows: usize,
  columns: usize,
  terms: i32,
): void {
  const start = -terms * shiftBits;
  const starts = i32x4.splat(start);
  for (let row: usize = 0; row < rows; row++) {
    let place = target;
    const end = target + columns * 4;
    for (; place + 16 <= end; place += 16) v128.store(place, starts);
    for (; place < end; place += 4) store<i32>(place, start);
    target += rowBytes;
  }
}

/** Adds rint(factor·value) of four values to four sums of rounded values at `place`. */
export function withRounded(place: usize, values: v128, factors: v128): v128 {
  return i32x4.add(v128.load(place), f32x4.add(f32x4.mul(values, factors), f32x4.splat(shift)));
}

/** Adds rint(factor·value) to one sum of rounded values. */
export function addRounded(place: usize, value: f32, factor: f32): void {
  store<i32>(place, load<i32>(place) + reinterpret<i32>(value * factor + shift));
}

/** Number of the `n` examples whose factor is not 0. */
export function countExamples(factors: usize, n: usize): i32 {
  let count = 0;
  for (let i: usize = 0; i < n; i++) if (load<f32>(factors + i * 4) !== 0) count++;
  return count;
}
