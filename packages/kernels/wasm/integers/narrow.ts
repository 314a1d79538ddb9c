import { shift, shiftBits } from '../rounding';

/**
 * Whole numbers in float32, magnitude below 2¹⁵ as 16 bits (`T` i16), or below 2⁷ as 8 bits (i8).
 */
export function narrow<T>(source: usize, count: usize, target: usize): void {
  const end = source + count * 4;
  const block: usize = 16 / sizeof<T>();
  const blockEnd = source + (count & ~(block - 1)) * 4;
  while (source < blockEnd) {
    const low = narrowEight(source);
    if (sizeof<T>() === 2) v128.store(target, low);
    else v128.store(target, i8x16.narrow_i16x8_s(low, narrowEight(source + 32)));
    source += block * 4;
    target += 16;
  }
  for (; source < end; source += 4) {
    store<T>(target, narrowed(source) as T);
    target += sizeof<T>();
  }
}

function narrowEight(source: usize): v128 {
  return i16x8.narrow_i32x4_s(shiftedTo(source, 0), shiftedTo(source + 16, 0));
}

/** One of them. */
export function narrowed(source: usize): i16 {
  return reinterpret<i32>(load<f32>(source) + shift) as i16;
}

/**
 * Packs `width` neighbours of a matrix of whole numbers in float32, `depth` times, as pairs along
 * the depth: panel[k][i] = (source[i, 2k], source[i, 2k + 1]) in 16 bits each. Zero beyond `count`
 * neighbours and after an odd depth.
 *
 * @param width 4 or 8
 * @param depthBytes distance of k and k + 1; neighbours touch
 * @returns end address of the panel
 */
export function packPairs(
  source: usize,
  width: usize,
  count: usize,
  depth: usize,
  depthBytes: usize,
  panel: usize,
): usize {
  const panelBytes = width * 4;
  for (let k: usize = 0; k < depth; k += 2) {
    const second = k + 1 < depth ? source + depthBytes : 0;
    if (count === width) {
      v128.store(panel, pairsAt(source, second));
      if (width === 8) v128.store(panel, pairsAt(source + 16, second ? second + 16 : 0), 16);
    } else {
      for (let i: usize = 0; i < width; i++) {
        const isInside = i < count;
        const place = panel + i * 4;
        store<i16>(place, isInside ? narrowed(source + i * 4) : 0);
        store<i16>(place, isInside && second ? narrowed(second + i * 4) : 0, 2);
      }
    }
    source += 2 * depthBytes;
    panel += panelBytes;
  }
  return panel;
}

/** Four values and another four, or zeros where their address is 0, as pairs. */
function pairsAt(first: usize, second: usize): v128 {
  const low = v128.and(shifted(first), i32x4.splat(0xffff));
  return second ? v128.or(low, i32x4.shl(shifted(second), 16)) : low;
}

/** Four values plus a whole number, as int32. */
export function shiftedTo(source: usize, offset: i32): v128 {
  return i32x4.sub(shifted(source), i32x4.splat(shiftBits - offset));
}

function shifted(source: usize): v128 {
  return f32x4.add(v128.load(source), f32x4.splat(shift));
}
