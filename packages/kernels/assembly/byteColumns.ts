import { integerRowBytes } from './integerColumns';
import { narrow, narrowed, shiftedTo } from './narrow';
import { turnFour } from './panels';
import { tileColumns } from './tile';

/** Bytes of scratch that `packByteColumns` needs. */
export function packByteColumnsScratch(depth: usize): usize {
  return tileColumns * integerRowBytes<i8>(depth);
}

/**
 * What `packIntegerColumns` does, as `multiplyByteTile` reads it: four neighbours along the depth to a word,
 * `offset` added to each, so that none is negative. What lies beyond the depth is meant for factors of 0.
 */
export function packByteColumns(
  source: usize,
  depth: usize,
  depthStride: usize,
  columnStride: usize,
  tapRows: usize,
  tapRowStride: isize,
  tapColumns: usize,
  tapColumnStride: isize,
  count: usize,
  panel: usize,
  offset: i32,
  scratch: usize,
): void {
  const all = tapRows * tapColumns * depth;
  if (count === tileColumns && depthStride !== 1 && tapRows * tapColumns === 1) {
    packQuads(source, depth, depthStride * 4, panel, offset);
    return;
  }
  const rowBytes = integerRowBytes<i8>(all);
  memory.fill(scratch, 0, tileColumns * rowBytes);
  for (let column: usize = 0; column < count; column++) {
    let place = scratch + column * rowBytes;
    for (let tapRow: usize = 0; tapRow < tapRows; tapRow++) {
      for (let tapColumn: usize = 0; tapColumn < tapColumns; tapColumn++) {
        const tap = (tapRow as isize) * tapRowStride + (tapColumn as isize) * tapColumnStride;
        const values = source + column * columnStride * 4 + ((tap * 4) as usize);
        if (depthStride === 1) narrow<i8>(values, depth, place);
        else narrowApart(values, depth, depthStride * 4, place);
        place += depth;
      }
    }
  }
  const offsets = i8x16.splat(offset as i8);
  for (let i: usize = 0; i < tileColumns * rowBytes; i += 16) {
    v128.store(scratch + i, i8x16.add(v128.load(scratch + i), offsets));
  }
  const words = (all + 3) / 4;
  turnFour(scratch, rowBytes, words, panel, 32);
  turnFour(scratch + 4 * rowBytes, rowBytes, words, panel + 16, 32);
}

/** Narrows values that are `depthBytes` apart. */
function narrowApart(source: usize, depth: usize, depthBytes: usize, target: usize): void {
  for (let k: usize = 0; k < depth; k++) {
    store<i8>(target + k, narrowed(source + k * depthBytes) as i8);
  }
}

/** Eight neighbouring columns, row after row. */
function packQuads(
  source: usize,
  depth: usize,
  depthBytes: usize,
  panel: usize,
  offset: i32,
): void {
  for (let k: usize = 0; k < depth; k += 4) {
    let left = i32x4.splat(0);
    let right = i32x4.splat(0);
    for (let i: usize = 0; i < min<usize>(4, depth - k); i++) {
      left = v128.or(left, i32x4.shl(shiftedTo(source, offset), (i as i32) * 8));
      right = v128.or(right, i32x4.shl(shiftedTo(source + 16, offset), (i as i32) * 8));
      source += depthBytes;
    }
    v128.store(panel, left);
    v128.store(panel, right, 16);
    panel += 32;
  }
}
