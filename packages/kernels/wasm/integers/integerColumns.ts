import { narrow, packPairs } from './narrow';
import { turnFour } from '../products/panels';
import { tileColumns } from '../products/tile';

/**
 * Bytes of a row of `depth` values of type `T`, with the bytes that vectors read and write beyond
 * it.
 */
export function integerRowBytes<T>(depth: usize): usize {
  return ((depth * sizeof<T>() + 31) / 16) * 16;
}

/** 32-bit words of `length` integers: pairs of 16-bit ones (`T` i16) or four bytes (i8). */
export function integerWords<T>(length: usize): usize {
  const values: usize = 4 / sizeof<T>();
  return (length + values - 1) / values;
}

/** Bytes of scratch that `packIntegerColumns` needs. */
export function packIntegerColumnsScratch(depth: usize): usize {
  return tileColumns * integerRowBytes<i16>(depth);
}

/**
 * Packs up to eight columns of the second operand of a product, whole numbers in float32, as
 * `multiplyIntegerTile` reads them. Its depth is that of `tapRows`·`tapColumns` matrices of `depth`
 * rows, one after the other; strides are in values.
 *
 * @param source value of the first row and column
 * @param depthStride distance from one row to the next, unless columns are contiguous
 * @param columnStride 1 for rows of neighbours; otherwise the rows of a column are neighbours
 */
export function packIntegerColumns(
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
  scratch: usize,
): void {
  const all = tapRows * tapColumns * depth;
  if (depthStride !== 1 && tapRows * tapColumns === 1) {
    packPairs(source, tileColumns, count, depth, depthStride * 4, panel);
    return;
  }
  const rowBytes = integerRowBytes<i16>(all);
  memory.fill(scratch, 0, tileColumns * rowBytes);
  for (let column: usize = 0; column < count; column++) {
    let place = scratch + column * rowBytes;
    for (let tapRow: usize = 0; tapRow < tapRows; tapRow++) {
      for (let tapColumn: usize = 0; tapColumn < tapColumns; tapColumn++) {
        const tap = (tapRow as isize) * tapRowStride + (tapColumn as isize) * tapColumnStride;
        narrow<i16>(source + column * columnStride * 4 + ((tap * 4) as usize), depth, place);
        place += depth * 2;
      }
    }
  }
  const pairs = integerWords<i16>(all);
  turnFour(scratch, rowBytes, pairs, panel, 32);
  turnFour(scratch + 4 * rowBytes, rowBytes, pairs, panel + 16, 32);
}
