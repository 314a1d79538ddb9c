import { packBytes } from './bytes';
import { integerRowBytes, integerWords } from './integerColumns';
import { narrow, narrowed } from './narrow';
import { turnFour } from '../products/panels';
import { tileColumns } from '../products/tile';

/** Bytes of scratch that `packByteColumns` needs. */
export function packByteColumnsScratch(depth: usize): usize {
  return tileColumns * integerRowBytes<i8>(depth);
}

/**
 * Like `packIntegerColumns`, in bytes: four neighbours along the depth to a word, `offset` added to
 * each. Bytes beyond the depth are undefined: they must be multiplied by 0.
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
    packBytes(source, tileColumns, count, depth, depthStride * 4, offset, panel);
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
  const words = integerWords<i8>(all);
  turnFour(scratch, rowBytes, words, panel, 32);
  turnFour(scratch + 4 * rowBytes, rowBytes, words, panel + 16, 32);
}

/** Narrows values that are `depthBytes` apart. */
function narrowApart(source: usize, depth: usize, depthBytes: usize, target: usize): void {
  for (let k: usize = 0; k < depth; k++) {
    store<i8>(target + k, narrowed(source + k * depthBytes) as i8);
  }
}
