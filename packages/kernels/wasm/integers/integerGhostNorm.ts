import { integerRowBytes } from './integerColumns';
import { addDots } from './integerTile';

/** Rows of a tile of inner products, and its columns. */
const tileRows: usize = 2;
const tileColumns: usize = 4;
const dotBytes: usize = tileRows * tileColumns * 4;

/** Bytes for the rows of A, the rows of B, and the scratch of `integerGhostNorm`. */
export function integerGhostScratch<T>(positions: usize, p: usize, d: usize): usize {
  return positions * (integerRowBytes<T>(p) + integerRowBytes<T>(d)) + 2 * dotBytes;
}

/**
 * ‖AᵀB‖² as Σ_ts (AAᵀ)_ts·(BBᵀ)_ts: inner products exact in int32, the sum in float64.
 *
 * @param a rows of p integers of type `T`, `integerRowBytes` apart, followed by zeros
 * @param b rows of d likewise
 * @param offset i8 only: `wideDotOffset` of the processor
 * @param scratch of 2·32 bytes
 */
export function integerGhostNorm<T>(
  a: usize,
  b: usize,
  positions: usize,
  p: usize,
  d: usize,
  offset: i32,
  scratch: usize,
): f64 {
  const dotsOfB = scratch + dotBytes;
  const last = positions - 1;
  let sum: f64 = 0;
  for (let t: usize = 0; t < positions; t += tileRows) {
    // Summed in two levels, so that rounding errors do not add up over all pairs.
    let sumOfRows: f64 = 0;
    for (let s: usize = 0; s <= min(t + 1, last); s += tileColumns) {
      dots<T>(a, integerRowBytes<T>(p), t, s, last, offset, scratch);
      dots<T>(b, integerRowBytes<T>(d), t, s, last, offset, dotsOfB);
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
function dots<T>(
  rows: usize,
  rowBytes: usize,
  t: usize,
  s: usize,
  last: usize,
  offset: i32,
  target: usize,
): void {
  const upper = rows + t * rowBytes;
  const lower = rows + min(t + 1, last) * rowBytes;
  const column0 = rows + s * rowBytes;
  const column1 = rows + min(s + 1, last) * rowBytes;
  const column2 = rows + min(s + 2, last) * rowBytes;
  const column3 = rows + min(s + 3, last) * rowBytes;
  const offsets = i8x16.splat(offset as i8);
  let upper0 = i32x4.splat(0);
  let upper1 = i32x4.splat(0);
  let upper2 = i32x4.splat(0);
  let upper3 = i32x4.splat(0);
  let lower0 = i32x4.splat(0);
  let lower1 = i32x4.splat(0);
  let lower2 = i32x4.splat(0);
  let lower3 = i32x4.splat(0);
  // Contribution of the bytes' offset.
  let upperOffset = i32x4.splat(0);
  let lowerOffset = i32x4.splat(0);
  for (let i: usize = 0; i < rowBytes; i += 16) {
    const x = v128.load(upper + i);
    const y = v128.load(lower + i);
    if (sizeof<T>() === 1) {
      upperOffset = addDots<T>(x, offsets, upperOffset);
      lowerOffset = addDots<T>(y, offsets, lowerOffset);
    }
    const c0 = moved<T>(v128.load(column0 + i), offsets);
    upper0 = addDots<T>(x, c0, upper0);
    lower0 = addDots<T>(y, c0, lower0);
    const c1 = moved<T>(v128.load(column1 + i), offsets);
    upper1 = addDots<T>(x, c1, upper1);
    lower1 = addDots<T>(y, c1, lower1);
    const c2 = moved<T>(v128.load(column2 + i), offsets);
    upper2 = addDots<T>(x, c2, upper2);
    lower2 = addDots<T>(y, c2, lower2);
    const c3 = moved<T>(v128.load(column3 + i), offsets);
    upper3 = addDots<T>(x, c3, upper3);
    lower3 = addDots<T>(y, c3, lower3);
  }
  const ofUpper = totals(upperOffset, upperOffset, upperOffset, upperOffset);
  const ofLower = totals(lowerOffset, lowerOffset, lowerOffset, lowerOffset);
  v128.store(target, i32x4.sub(totals(upper0, upper1, upper2, upper3), ofUpper));
  v128.store(target, i32x4.sub(totals(lower0, lower1, lower2, lower3), ofLower), 16);
}

/** Bytes with the offset. */
function moved<T>(integers: v128, offsets: v128): v128 {
  return sizeof<T>() === 1 ? i8x16.add(integers, offsets) : integers;
}

/** The sums of the lanes of four vectors. */
function totals(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 1, 4, 5), v128.shuffle<i32>(a, b, 2, 3, 6, 7));
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 1, 4, 5), v128.shuffle<i32>(c, d, 2, 3, 6, 7));
  return i32x4.add(v128.shuffle<i32>(ab, cd, 0, 2, 4, 6), v128.shuffle<i32>(ab, cd, 1, 3, 5, 7));
}
