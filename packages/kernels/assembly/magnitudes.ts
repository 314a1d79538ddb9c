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

/**
 * SAWB for 4-bit integers (see `sawbRange` in quantization): 12.1·√E[x²] − 12.2·E|x|, or `maximum` where that is
 * not above 0 or is above `maximum`. Moments are summed in float64, in order, as the reference does.
 */
export function sawbRange(x: usize, count: i32, maximum: f32): f64 {
  // The sum of magnitudes beside that of squares.
  let sums = f64x2.splat(0);
  const end = x + ((count as usize) << 2);
  for (; x < end; x += 4) {
    const magnitude = abs<f32>(load<f32>(x)) as f64;
    const squared = magnitude * magnitude;
    sums = f64x2.add(sums, f64x2.replace_lane(f64x2.splat(magnitude), 1, squared));
  }
  const mean = f64x2.extract_lane(sums, 0) / (count as f64);
  const squares = f64x2.extract_lane(sums, 1) / (count as f64);
  const clip = 12.1 * sqrt<f64>(squares) - 12.2 * mean;
  return clip > 0 && clip <= (maximum as f64) ? clip : (maximum as f64);
}
