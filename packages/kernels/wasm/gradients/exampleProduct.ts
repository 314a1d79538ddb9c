import { packPanel } from '../products/panels';
import { padded, tileBytes, tileColumns, tileRows } from '../products/tile';
import { packWindowColumns } from '../products/windowColumns';
import { outHeight } from '../products/windows';

/**
 * The operands of the weight gradient AᵀB of one example in float32, A [positions, p] and B
 * [positions, d], as panels. Norms and sums of gradients use the same tiles, bit for bit.
 */

/** Bytes of scratch for a tile, a panel of A and the panels of `columns` columns of B. */
export function productScratch(positions: usize, columns: usize): usize {
  return tileBytes + positions * (tileRows + padded(columns, tileColumns)) * 4;
}

/** Address of a panel of A in the scratch. */
export function panelOfA(scratch: usize): usize {
  return scratch + tileBytes;
}

/** Address of the panels of B in the scratch. */
export function panelsOfB(scratch: usize, positions: usize): usize {
  return panelOfA(scratch) + positions * tileRows * 4;
}

/**
 * Packs four columns of A, from the column `first` on; zeros beyond the last.
 *
 * @param a rows of p values, or an NHWC image whose windows are the rows (see `useWindows`)
 */
export function packA(
  a: usize,
  isImage: bool,
  positions: usize,
  p: usize,
  first: usize,
  scratch: usize,
): void {
  const panel = panelOfA(scratch);
  if (isImage) {
    packWindowColumns(a, first, panel, 0, outHeight);
  } else {
    packPanel(a + first * 4, tileRows, min(tileRows, p - first), positions, 4, p * 4, panel);
  }
}

/**
 * Packs `columns` columns of B, column panel after column panel.
 *
 * @param b first of the columns; the next position is d values later
 */
export function packB(b: usize, positions: usize, d: usize, columns: usize, scratch: usize): void {
  let panel = panelsOfB(scratch, positions);
  for (let column: usize = 0; column < columns; column += tileColumns) {
    const count = min(tileColumns, columns - column);
    packPanel(b + column * 4, tileColumns, count, positions, 4, d * 4, panel);
    panel += positions * tileColumns * 4;
  }
}
