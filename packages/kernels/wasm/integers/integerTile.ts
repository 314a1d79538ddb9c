import { withRounded } from '../rounding';

/**
 * A 4×8 tile of a product of integers of type `T`, 16-bit ones (i16) or bytes (i8), exact in 32
 * bits while K·max|a|·max|b| < 2³¹. Terms of the sum are in words: two or four neighbours are
 * multiplied and added at once.
 *
 * @param panelA `words` groups of 4 words, one per row of the tile
 * @param panelB `words` groups of 8 words, one per column of the tile; of bytes, with the offset of
 *   the processor, see `wideDotOffset`
 * @param starts i8 only: start values of the four rows' sums (int32), minus the contribution of the
 *   offset
 * @param target first value of the tile; its rows are `rowBytes` apart
 * @param adds whether the tile, rounded to float32 and multiplied by `factor`, is added to the
 *   stored values: float32 (`Sum` f32), or sums of rounded values (`Sum` i32). Otherwise it
 *   replaces them as int32
 */
export function multiplyIntegerTile<T, Sum>(
  panelA: usize,
  panelB: usize,
  words: usize,
  starts: usize,
  target: usize,
  rowBytes: usize,
  adds: bool,
  factor: f32,
): void {
  let left0 = startOf<T>(starts, 0);
  let left1 = startOf<T>(starts, 1);
  let left2 = startOf<T>(starts, 2);
  let left3 = startOf<T>(starts, 3);
  let right0 = left0;
  let right1 = left1;
  let right2 = left2;
  let right3 = left3;
  const end = panelA + words * 16;
  while (panelA < end) {
    const left = v128.load(panelB);
    const right = v128.load(panelB, 16);
    const a0 = v128.load32_splat(panelA);
    left0 = addDots<T>(a0, left, left0);
    right0 = addDots<T>(a0, right, right0);
    const a1 = v128.load32_splat(panelA, 4);
    left1 = addDots<T>(a1, left, left1);
    right1 = addDots<T>(a1, right, right1);
    const a2 = v128.load32_splat(panelA, 8);
    left2 = addDots<T>(a2, left, left2);
    right2 = addDots<T>(a2, right, right2);
    const a3 = v128.load32_splat(panelA, 12);
    left3 = addDots<T>(a3, left, left3);
    right3 = addDots<T>(a3, right, right3);
    panelA += 16;
    panelB += 32;
  }
  const row1 = target + rowBytes;
  const row2 = row1 + rowBytes;
  const row3 = row2 + rowBytes;
  if (isInteger<Sum>() && adds) {
    const factors = f32x4.splat(factor);
    left0 = withRounded(target, f32x4.convert_i32x4_s(left0), factors);
    right0 = withRounded(target + 16, f32x4.convert_i32x4_s(right0), factors);
    left1 = withRounded(row1, f32x4.convert_i32x4_s(left1), factors);
    right1 = withRounded(row1 + 16, f32x4.convert_i32x4_s(right1), factors);
    left2 = withRounded(row2, f32x4.convert_i32x4_s(left2), factors);
    right2 = withRounded(row2 + 16, f32x4.convert_i32x4_s(right2), factors);
    left3 = withRounded(row3, f32x4.convert_i32x4_s(left3), factors);
    right3 = withRounded(row3 + 16, f32x4.convert_i32x4_s(right3), factors);
  } else if (adds) {
    const factors = f32x4.splat(factor);
    left0 = f32x4.mul(f32x4.convert_i32x4_s(left0), factors);
    left0 = f32x4.add(v128.load(target), left0);
    right0 = f32x4.mul(f32x4.convert_i32x4_s(right0), factors);
    right0 = f32x4.add(v128.load(target, 16), right0);
    left1 = f32x4.mul(f32x4.convert_i32x4_s(left1), factors);
    left1 = f32x4.add(v128.load(row1), left1);
    right1 = f32x4.mul(f32x4.convert_i32x4_s(right1), factors);
    right1 = f32x4.add(v128.load(row1, 16), right1);
    left2 = f32x4.mul(f32x4.convert_i32x4_s(left2), factors);
    left2 = f32x4.add(v128.load(row2), left2);
    right2 = f32x4.mul(f32x4.convert_i32x4_s(right2), factors);
    right2 = f32x4.add(v128.load(row2, 16), right2);
    left3 = f32x4.mul(f32x4.convert_i32x4_s(left3), factors);
    left3 = f32x4.add(v128.load(row3), left3);
    right3 = f32x4.mul(f32x4.convert_i32x4_s(right3), factors);
    right3 = f32x4.add(v128.load(row3, 16), right3);
  }
  v128.store(target, left0);
  v128.store(target, right0, 16);
  v128.store(row1, left1);
  v128.store(row1, right1, 16);
  v128.store(row2, left2);
  v128.store(row2, right2, 16);
  v128.store(row3, left3);
  v128.store(row3, right3, 16);
}

function startOf<T>(starts: usize, row: usize): v128 {
  return sizeof<T>() === 1 ? v128.load32_splat(starts + row * 4) : i32x4.splat(0);
}

/** The sums of the products of neighbours in each word, added to `sums`. */
export function addDots<T>(a: v128, b: v128, sums: v128): v128 {
  if (sizeof<T>() === 1) return v128.relaxed_dot_add<i32>(a, b, sums);
  return i32x4.add(sums, i32x4.dot_i16x8_s(a, b));
}
