/** Rows of a tile of inner products, and its columns. */
const tileRows: usize = 2;
const tileColumns: usize = 4;
const dotBytes: usize = tileRows * tileColumns * 8;

/** Bytes of scratch that `ghostNorm` needs. */
export const ghostNormScratch: usize = 2 * dotBytes;

/**
 * ‖AᵀB‖² as Σ_ts (AAᵀ)_ts·(BBᵀ)_ts in float64, for A [positions, p] and B [positions, d] in
 * float32.
 *
 * @param scratch of `ghostNormScratch` bytes
 */
export function ghostNorm(
  a: usize,
  b: usize,
  positions: usize,
  p: usize,
  d: usize,
  scratch: usize,
): f64 {
  const dotsOfB = scratch + dotBytes;
  let sum: f64 = 0;
  for (let t: usize = 0; t < positions; t += tileRows) {
    for (let s: usize = 0; s <= min(t + 1, positions - 1); s += tileColumns) {
      dots(a, p, t, s, positions - 1, scratch);
      dots(b, d, t, s, positions - 1, dotsOfB);
      for (let i: usize = 0; i < tileRows; i++) {
        const row = t + i;
        if (row >= positions) break;
        for (let j: usize = 0; j < tileColumns; j++) {
          const column = s + j;
          if (column > row) break;
          const place = (i * tileColumns + j) * 8;
          const term = load<f64>(scratch + place) * load<f64>(dotsOfB + place);
          sum += column === row ? term : 2 * term;
        }
      }
    }
  }
  return sum;
}

/** Inner products of rows t, t + 1 with rows s to s + 3 of a matrix; rows end at `last`. */
function dots(rows: usize, length: usize, t: usize, s: usize, last: usize, target: usize): void {
  const rowBytes = length * 4;
  const upper = rows + t * rowBytes;
  const lower = rows + min(t + 1, last) * rowBytes;
  const column0 = rows + s * rowBytes;
  const column1 = rows + min(s + 1, last) * rowBytes;
  const column2 = rows + min(s + 2, last) * rowBytes;
  const column3 = rows + min(s + 3, last) * rowBytes;
  let upper0 = f64x2.splat(0);
  let upper1 = f64x2.splat(0);
  let upper2 = f64x2.splat(0);
  let upper3 = f64x2.splat(0);
  let lower0 = f64x2.splat(0);
  let lower1 = f64x2.splat(0);
  let lower2 = f64x2.splat(0);
  let lower3 = f64x2.splat(0);
  const pairs = rowBytes & ~7;
  for (let i: usize = 0; i < pairs; i += 8) {
    const x = f64x2.promote_low_f32x4(v128.load64_zero(upper + i));
    const y = f64x2.promote_low_f32x4(v128.load64_zero(lower + i));
    const c0 = f64x2.promote_low_f32x4(v128.load64_zero(column0 + i));
    upper0 = f64x2.add(upper0, f64x2.mul(x, c0));
    lower0 = f64x2.add(lower0, f64x2.mul(y, c0));
    const c1 = f64x2.promote_low_f32x4(v128.load64_zero(column1 + i));
    upper1 = f64x2.add(upper1, f64x2.mul(x, c1));
    lower1 = f64x2.add(lower1, f64x2.mul(y, c1));
    const c2 = f64x2.promote_low_f32x4(v128.load64_zero(column2 + i));
    upper2 = f64x2.add(upper2, f64x2.mul(x, c2));
    lower2 = f64x2.add(lower2, f64x2.mul(y, c2));
    const c3 = f64x2.promote_low_f32x4(v128.load64_zero(column3 + i));
    upper3 = f64x2.add(upper3, f64x2.mul(x, c3));
    lower3 = f64x2.add(lower3, f64x2.mul(y, c3));
  }
  store<f64>(target, total(upper0) + rest(upper, column0, pairs, rowBytes), 0);
  store<f64>(target, total(upper1) + rest(upper, column1, pairs, rowBytes), 8);
  store<f64>(target, total(upper2) + rest(upper, column2, pairs, rowBytes), 16);
  store<f64>(target, total(upper3) + rest(upper, column3, pairs, rowBytes), 24);
  store<f64>(target, total(lower0) + rest(lower, column0, pairs, rowBytes), 32);
  store<f64>(target, total(lower1) + rest(lower, column1, pairs, rowBytes), 40);
  store<f64>(target, total(lower2) + rest(lower, column2, pairs, rowBytes), 48);
  store<f64>(target, total(lower3) + rest(lower, column3, pairs, rowBytes), 56);
}

function total(pair: v128): f64 {
  return f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
}

/** The product of the last values of two rows of odd length. */
function rest(first: usize, second: usize, pairs: usize, rowBytes: usize): f64 {
  if (pairs === rowBytes) return 0;
  return (load<f32>(first + pairs) as f64) * (load<f32>(second + pairs) as f64);
}
