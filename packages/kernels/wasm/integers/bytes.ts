import { narrowed, shiftedTo } from './narrow';
import { addDots } from './integerTile';

/**
 * Packs `width` neighbours of a matrix of whole numbers in float32, `depth` times, as words of four
 * bytes along the depth: panel[k][i] = (source[i, 4k] … source[i, 4k + 3]), `offset` added to each.
 * Neighbours beyond `count` are zeros; bytes beyond the depth are undefined and must be multiplied
 * by 0.
 *
 * @param width 4 or 8
 * @param depthBytes distance of k and k + 1; neighbours touch
 * @returns end address of the panel
 */
export function packBytes(
  source: usize,
  width: usize,
  count: usize,
  depth: usize,
  depthBytes: usize,
  offset: i32,
  panel: usize,
): usize {
  for (let k: usize = 0; k < depth; k += 4) {
    const values = min<usize>(4, depth - k);
    if (count === width) {
      v128.store(panel, wordsOf(source, values, depthBytes, offset));
      if (width === 8) v128.store(panel, wordsOf(source + 16, values, depthBytes, offset), 16);
    } else {
      memory.fill(panel, offset as u8, width * 4);
      for (let i: usize = 0; i < count; i++) {
        for (let value: usize = 0; value < values; value++) {
          const code = narrowed(source + i * 4 + value * depthBytes);
          store<u8>(panel + i * 4 + value, ((code as i32) + offset) as u8);
        }
      }
    }
    source += 4 * depthBytes;
    panel += width * 4;
  }
  return panel;
}

/** Four words, each of values that are `depthBytes` apart. */
function wordsOf(source: usize, values: usize, depthBytes: usize, offset: i32): v128 {
  let words = byteOf(source, offset);
  if (values > 1) words = v128.or(words, i32x4.shl(byteOf(source + depthBytes, offset), 8));
  if (values > 2) words = v128.or(words, i32x4.shl(byteOf(source + 2 * depthBytes, offset), 16));
  if (values > 3) {
    words = v128.or(words, i32x4.shl(shiftedTo(source + 3 * depthBytes, offset), 24));
  }
  return words;
}

function byteOf(source: usize, offset: i32): v128 {
  return v128.and(shiftedTo(source, offset), i32x4.splat(255));
}

/**
 * For each row of a panel of bytes −offset·(their sum): the start value of its products with an
 * offset.
 */
export function byteStarts(panel: usize, words: usize, offset: i32, target: usize): void {
  const offsets = i8x16.splat(offset as i8);
  let sums = i32x4.splat(0);
  const end = panel + words * 16;
  for (; panel < end; panel += 16) sums = addDots<i8>(v128.load(panel), offsets, sums);
  v128.store(target, i32x4.neg(sums));
}
