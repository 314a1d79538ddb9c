/** Σ x² in float64 over `count` float32 values. */
export function squaredNorm(values: usize, count: usize): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  const end = values + count * 4;
  const blockEnd = values + (count & ~3) * 4;
  while (values < blockEnd) {
    const x = v128.load(values);
    const first = f64x2.promote_low_f32x4(x);
    const second = f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 0, 1));
    low = f64x2.add(low, f64x2.mul(first, first));
    high = f64x2.add(high, f64x2.mul(second, second));
    values += 16;
  }
  const both = f64x2.add(low, high);
  let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  while (values < end) {
    const x = load<f32>(values) as f64;
    sum += x * x;
    values += 4;
  }
  return sum;
}
