/** max|x|; NaN if there is a NaN. */
export function maximumMagnitude(x: usize, count: i32): f32 {
  let all = f32x4.splat(0);
  const end = x + ((count as usize) << 2);
  const blockEnd = x + (((count & ~3) as usize) << 2);
  for (; x < blockEnd; x += 16) all = f32x4.max(all, f32x4.abs(v128.load(x)));
  let maximum = max<f32>(
    max<f32>(f32x4.extract_lane(all, 0), f32x4.extract_lane(all, 1)),
    max<f32>(f32x4.extract_lane(all, 2), f32x4.extract_lane(all, 3)),
  );
  for (; x < end; x += 4) maximum = max<f32>(maximum, abs<f32>(load<f32>(x)));
  return maximum;
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
