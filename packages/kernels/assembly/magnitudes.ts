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
