/** Up to four float32 values; zeros beyond `count`. */
export function loadValues(source: usize, count: usize): v128 {
  if (count === 4) return v128.load(source);
  let values = f32x4.splat(0);
  if (count > 0) values = v128.load32_lane(source, values, 0);
  if (count > 1) values = v128.load32_lane(source, values, 1, 4);
  if (count > 2) values = v128.load32_lane(source, values, 2, 8);
  return values;
}

/** Stores the first `count` of four float32 values. */
export function storeValues(target: usize, values: v128, count: usize): void {
  if (count === 4) {
    v128.store(target, values);
    return;
  }
  if (count > 0) v128.store32_lane(target, values, 0);
  if (count > 1) v128.store32_lane(target, values, 1, 4);
  if (count > 2) v128.store32_lane(target, values, 2, 8);
}

/** The third and fourth of four float32 values in float64. */
export function promoteHigh(values: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(values, values, 2, 3, 0, 1));
}
