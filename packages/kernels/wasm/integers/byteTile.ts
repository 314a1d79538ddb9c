import { tileColumns } from '../products/tile';

/**
 * A 4×8 tile of a product of bytes by the relaxed dot of 16 bits, which multiplies four neighbours
 * each and adds them in pairs in 16 bits. Values of `panelB` are from 0 to 127, for which the
 * instruction has the same result on every processor. Sums of 16 bits are exact for `steps` groups:
 * steps·2·max|a|·max b < 2¹⁵.
 *
 * @param panelA `words` groups of 4 words of four bytes, one per row of the tile
 * @param panelB `words` groups of 8 words, one per column of the tile
 * @param starts four int32 with which the sums of the rows begin
 * @param tile 4 rows of 8 int32
 */
export function multiplyByteTile(
  panelA: usize,
  panelB: usize,
  words: usize,
  steps: usize,
  starts: usize,
  tile: usize,
): void {
  for (let row: usize = 0; row < 4; row++) {
    const start = v128.load32_splat(starts + row * 4);
    v128.store(tile + row * tileColumns * 4, start);
    v128.store(tile + row * tileColumns * 4, start, 16);
  }
  for (let done: usize = 0; done < words; done += steps) {
    addGroups(panelA + done * 16, panelB + done * 32, min(steps, words - done), tile);
  }
}

function addGroups(panelA: usize, panelB: usize, count: usize, tile: usize): void {
  let left0 = i16x8.splat(0);
  let left1 = i16x8.splat(0);
  let left2 = i16x8.splat(0);
  let left3 = i16x8.splat(0);
  let right0 = i16x8.splat(0);
  let right1 = i16x8.splat(0);
  let right2 = i16x8.splat(0);
  let right3 = i16x8.splat(0);
  const end = panelA + count * 16;
  while (panelA < end) {
    const left = v128.load(panelB);
    const right = v128.load(panelB, 16);
    const a0 = v128.load32_splat(panelA);
    left0 = i16x8.add(left0, dot(a0, left));
    right0 = i16x8.add(right0, dot(a0, right));
    const a1 = v128.load32_splat(panelA, 4);
    left1 = i16x8.add(left1, dot(a1, left));
    right1 = i16x8.add(right1, dot(a1, right));
    const a2 = v128.load32_splat(panelA, 8);
    left2 = i16x8.add(left2, dot(a2, left));
    right2 = i16x8.add(right2, dot(a2, right));
    const a3 = v128.load32_splat(panelA, 12);
    left3 = i16x8.add(left3, dot(a3, left));
    right3 = i16x8.add(right3, dot(a3, right));
    panelA += 16;
    panelB += 32;
  }
  widen(left0, right0, tile);
  widen(left1, right1, tile + 32);
  widen(left2, right2, tile + 64);
  widen(left3, right3, tile + 96);
}

/** Adds sums of pairs to a row of the tile. */
function widen(left: v128, right: v128, row: usize): void {
  const low = i32x4.extadd_pairwise_i16x8_s(left);
  const high = i32x4.extadd_pairwise_i16x8_s(right);
  v128.store(row, i32x4.add(v128.load(row), low));
  v128.store(row, i32x4.add(v128.load(row, 16), high), 16);
}

/** Products of bytes by numbers from 0 to 127, summed in pairs in 16 bits. */
export function dot(a: v128, b: v128): v128 {
  return v128.relaxed_dot<i16>(a, b);
}
