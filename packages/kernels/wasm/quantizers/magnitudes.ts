/**
 * Mask of all bits of a float32 except its sign. As integers these bits sort like the magnitudes,
 * with NaN above all.
 */
const magnitudeBits: i32 = 0x7fffffff;

/** max|x|; NaN if there is a NaN. */
export function maximumMagnitude(x: usize, count: i32): f32 {
  const mask = i32x4.splat(magnitudeBits);
  let all = i32x4.splat(0);
  const end = x + ((count as usize) << 2);
  const blockEnd = x + (((count & ~3) as usize) << 2);
  for (; x < blockEnd; x += 16) all = i32x4.max_s(all, v128.and(v128.load(x), mask));
  let maximum = max(
    max(i32x4.extract_lane(all, 0), i32x4.extract_lane(all, 1)),
    max(i32x4.extract_lane(all, 2), i32x4.extract_lane(all, 3)),
  );
  for (; x < end; x += 4) maximum = max(maximum, load<i32>(x) & magnitudeBits);
  return reinterpret<f32>(maximum);
}

/** Whether a value is below zero; zeros and NaN with a sign are not. */
export function hasNegative(x: usize, count: i32): bool {
  const zeros = f32x4.splat(0);
  let found = zeros;
  const end = x + ((count as usize) << 2);
  const blockEnd = x + (((count & ~3) as usize) << 2);
  for (; x < blockEnd; x += 16) found = v128.or(found, f32x4.lt(v128.load(x), zeros));
  if (v128.any_true(found)) return true;
  for (; x < end; x += 4) if (load<f32>(x) < 0) return true;
  return false;
}
