import { packA, packB, panelOfA, panelsOfB } from './exampleProduct';
import { squaredNorm } from '../squaredNorm';
import { multiplyTile, tileColumns, tileRows } from '../products/tile';

/**
 * Squared norm, in float64, of AᵀB of one example, which is computed tile by tile in float32 and
 * not stored. Scratch: `productScratch`.
 *
 * @param a rows of p values, or an NHWC image whose windows are the rows (see `useWindows`)
 */
export function squaredProductNorm(
  a: usize,
  isImage: bool,
  b: usize,
  positions: usize,
  p: usize,
  d: usize,
  scratch: usize,
): f64 {
  packB(b, positions, d, d, scratch);
  let sum: f64 = 0;
  for (let row: usize = 0; row < p; row += tileRows) {
    packA(a, isImage, positions, p, row, scratch);
    let panelB = panelsOfB(scratch, positions);
    let ofRow: f64 = 0;
    for (let column: usize = 0; column < d; column += tileColumns) {
      multiplyTile(panelOfA(scratch), panelB, positions, scratch, tileColumns * 4, false);
      ofRow += squaredNorm(scratch, tileRows * tileColumns);
      panelB += positions * tileColumns * 4;
    }
    sum += ofRow;
  }
  return sum;
}

/** Writes the three squared norms of one example: of the product, of A, of B. */
export function storeNorms(target: usize, ofProduct: f64, ofA: f64, ofB: f64): void {
  store<f64>(target, ofProduct);
  store<f64>(target, ofA, 8);
  store<f64>(target, ofB, 16);
}
