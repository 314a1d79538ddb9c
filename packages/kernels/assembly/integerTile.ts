import { withRounded } from './rounding';

/**
 * A 4×8 tile of a product of 16-bit integers, exact in 32 bits while K·max|a|·max|b| < 2³¹. Terms of the sum
 * come in pairs: `dot_i16x8_s` multiplies two neighbours each and adds them.
 *
 * @param panelA `pairs` groups of 4 pairs, one a row of the tile
 * @param panelB `pairs` groups of 8 pairs, one a column of the tile
 * @param target first value of the tile; its rows are `rowBytes` apart
 * @param adds whether the tile, rounded to float32 and multiplied by `factor`, is added to what is
 *   there: float32 values (`Sum` f32), or sums of rounded values (`Sum` i32). Otherwise it replaces
 *   what is there as int32
 */
export function multiplyIntegerTile<Sum>(
  panelA: usize,
  panelB: usize,
  pairs: usize,
  target: usize,
  rowBytes: usize,
  adds: bool,
  factor: f32,
): void {
  let left0 = i32x4.splat(0);
  let left1 = i32x4.splat(0);
  let left2 = i32x4.splat(0);
  let left3 = i32x4.splat(0);
  let right0 = i32x4.splat(0);
  let right1 = i32x4.splat(0);
  let right2 = i32x4.splat(0);
  let right3 = i32x4.splat(0);
  const end = panelA + pairs * 16;
  while (panelA < end) {
    const left = v128.load(panelB);
    const right = v128.load(panelB, 16);
    const a0 = v128.load32_splat(panelA);
    left0 = i32x4.add(left0, i32x4.dot_i16x8_s(a0, left));
    right0 = i32x4.add(right0, i32x4.dot_i16x8_s(a0, right));
    const a1 = v128.load32_splat(panelA, 4);
    left1 = i32x4.add(left1, i32x4.dot_i16x8_s(a1, left));
    right1 = i32x4.add(right1, i32x4.dot_i16x8_s(a1, right));
    const a2 = v128.load32_splat(panelA, 8);
    left2 = i32x4.add(left2, i32x4.dot_i16x8_s(a2, left));
    right2 = i32x4.add(right2, i32x4.dot_i16x8_s(a2, right));
    const a3 = v128.load32_splat(panelA, 12);
    left3 = i32x4.add(left3, i32x4.dot_i16x8_s(a3, left));
    right3 = i32x4.add(right3, i32x4.dot_i16x8_s(a3, right));
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
