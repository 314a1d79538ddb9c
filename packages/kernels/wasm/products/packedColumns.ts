import { packPanel } from './panels';
import { padded, tileColumns } from './tile';

/** Rows of a right-hand matrix that are packed together: a block of 512 columns is 512 KB. */
export const blockDepth: usize = 256;

/** Number of blocks of a packed matrix of k rows. */
export function packedBlocks(k: usize): usize {
  return (k + blockDepth - 1) / blockDepth;
}

/** Bytes of a packed matrix of k rows and n columns. */
export function packedBytes(k: usize, n: usize): usize {
  return k * padded(n, tileColumns) * 4;
}

/**
 * Address of a column panel in a packed matrix of k rows and n columns; `row` is the first row of a
 * block.
 */
export function packedPanel(packed: usize, k: usize, n: usize, row: usize, column: usize): usize {
  const depth = min(blockDepth, k - row);
  return packed + (row * padded(n, tileColumns) + column * depth) * 4;
}

/**
 * Packs one block of a right-hand matrix of k rows and n columns, for all products with it: block
 * after block, in each of them column panel after column panel.
 *
 * Rows come in groups, such as those of a filter's taps. Strides are in values and may be negative.
 *
 * @param matrix its first value
 * @param block which one to pack
 */
export function packColumns(
  matrix: usize,
  k: usize,
  n: usize,
  groupRows: usize,
  groupStride: isize,
  rowStride: usize,
  columnStride: usize,
  block: usize,
  packed: usize,
  _scratch: usize,
): void {
  const first = block * blockDepth;
  const end = min(k, first + blockDepth);
  for (let column: usize = 0; column < n; column += tileColumns) {
    const count = min(tileColumns, n - column);
    let panel = packedPanel(packed, k, n, first, column);
    for (let row = first; row < end;) {
      const inGroup = row % groupRows;
      const depth = min(groupRows - inGroup, end - row);
      const group = ((row / groupRows) as isize) * groupStride;
      const start = group + ((inGroup * rowStride + column * columnStride) as isize);
      packPanel(
        matrix + ((start * 4) as usize),
        tileColumns,
        count,
        depth,
        columnStride * 4,
        rowStride * 4,
        panel,
      );
      panel += depth * tileColumns * 4;
      row += depth;
    }
  }
}
