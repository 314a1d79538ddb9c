/**
 * A 4×8 tile of a product of 16-bit integers, exact in 32 bits while K·max|a|·max|b| < 2³¹. Terms of the sum
 * come in pairs: `dot_i16x8_s` multiplies two neighbours each and adds them.
 *
 * @param panelA `pairs` groups of 4 pairs, one a row of the tile
 * @param panelB `pairs` groups of 8 pairs, one a column of the tile
 * @param tile gets 32 int32, row after row
 */
export function multiplyIntegerTile(panelA: usize, panelB: usize, pairs: usize, tile: usize): void {
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
  v128.store(tile, left0);
  v128.store(tile, right0, 16);
  v128.store(tile, left1, 32);
  v128.store(tile, right1, 48);
  v128.store(tile, left2, 64);
  v128.store(tile, right2, 80);
  v128.store(tile, left3, 96);
  v128.store(tile, right3, 112);
}
