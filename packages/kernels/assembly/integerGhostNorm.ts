import { integerRowBytes } from './integerColumns';

/** Rows of a tile of inner products, and its columns. */
const tileRows: usize = 2;
const tileColumns: usize = 4;
const dotBytes: usize = tileRows * tileColumns * 4;

/** Bytes for the rows of A, of B, and for what `integerGhostNorm` works with. */
export function integerGhostScratch(positions: usize, p: usize, d: usize): usize {
  return positions * (integerRowBytes<i16>(p) + integerRowBytes<i16>(d)) + 2 * dotBytes;
}

/**
 * ‖AᵀB‖² as Σ_ts (AAᵀ)_ts·(BBᵀ)_ts: inner products exact in int32, the sum in float64.
 *
 * @param a rows of p 16-bit integers, `integerRowBytes` apart, zeros behind them
 * @param b rows of d likewise
 * @param scratch of 2·32 bytes
 */
export function integerGhostNorm(
  a: usize,
  b: usize,
  positions: usize,
  p: usize,
  d: usize,
  scratch: usize,
): f64 {
  const dotsOfB = scratch + dotBytes;
  const last = positions - 1;
  let sum: f64 = 0;
  for (let t: usize = 0; t < positions; t += tileRows) {
    // Summed in two levels, so that roundings do not add up over all pairs.
    let sumOfRows: f64 = 0;
    for (let s: usize = 0; s <= min(t + 1, last); s += tileColumns) {
      dots(a, integerRowBytes<i16>(p), t, s, last, scratch);
      dots(b, integerRowBytes<i16>(d), t, s, last, dotsOfB);
      for (let i: usize = 0; i < tileRows; i++) {
        const row = t + i;
        if (row > last) break;
        for (let j: usize = 0; j < tileColumns; j++) {
          const column = s + j;
          if (column > row) break;
          const place = (i * tileColumns + j) * 4;
          const term = (load<i32>(scratch + place) as f64) * (load<i32>(dotsOfB + place) as f64);
          sumOfRows += column === row ? term : 2 * term;
        }
      }
    }
    sum += sumOfRows;
  }
  return sum;
}

/** Inner products of rows t, t + 1 with rows s to s + 3; rows end at `last`. */
function dots(rows: usize, rowBytes: usize, t: usize, s: usize, last: usize, target: usize): void {
  const upper = rows + t * rowBytes;
  const lower = rows + min(t + 1, last) * rowBytes;
  const column0 = rows + s * rowBytes;
  const column1 = rows + min(s + 1, last) * rowBytes;
  const column2 = rows + min(s + 2, last) * rowBytes;
  const column3 = rows + min(s + 3, last) * rowBytes;
  let upper0 = i32x4.splat(0);
  let upper1 = i32x4.splat(0);
  let upper2 = i32x4.splat(0);
  let upper3 = i32x4.splat(0);
  let lower0 = i32x4.splat(0);
  let lower1 = i32x4.splat(0);
  let lower2 = i32x4.splat(0);
  let lower3 = i32x4.splat(0);
  for (let i: usize = 0; i < rowBytes; i += 16) {
    const x = v128.load(upper + i);
    const y = v128.load(lower + i);
    const c0 = v128.load(column0 + i);
    upper0 = i32x4.add(upper0, i32x4.dot_i16x8_s(x, c0));
    lower0 = i32x4.add(lower0, i32x4.dot_i16x8_s(y, c0));
    const c1 = v128.load(column1 + i);
    upper1 = i32x4.add(upper1, i32x4.dot_i16x8_s(x, c1));
    lower1 = i32x4.add(lower1, i32x4.dot_i16x8_s(y, c1));
    const c2 = v128.load(column2 + i);
    upper2 = i32x4.add(upper2, i32x4.dot_i16x8_s(x, c2));
    lower2 = i32x4.add(lower2, i32x4.dot_i16x8_s(y, c2));
    const c3 = v128.load(column3 + i);
    upper3 = i32x4.add(upper3, i32x4.dot_i16x8_s(x, c3));
    lower3 = i32x4.add(lower3, i32x4.dot_i16x8_s(y, c3));
  }
  v128.store(target, totals(upper0, upper1, upper2, upper3));
  v128.store(target, totals(lower0, lower1, lower2, lower3), 16);
}

/** The sums of the lanes of four vectors. */
function totals(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 1, 4, 5), v128.shuffle<i32>(a, b, 2, 3, 6, 7));
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 1, 4, 5), v128.shuffle<i32>(c, d, 2, 3, 6, 7));
  return i32x4.add(v128.shuffle<i32>(ab, cd, 0, 2, 4, 6), v128.shuffle<i32>(ab, cd, 1, 3, 5, 7));
}
