import { packPanel } from './panels';
import { squaredNorm } from './squaredNorm';
import { multiplyTile, padded, tileBytes, tileColumns, tileRows } from './tile';

/** Bytes of scratch for `squaredProductNorm` of operands with so many positions, B with d columns. */
export function productScratch(positions: usize, d: usize): usize {
  return tileBytes + positions * (tileRows + padded(d, tileColumns)) * 4;
}

/** Where a panel of A goes in the scratch. */
export function panelOfA(scratch: usize): usize {
  return scratch + tileBytes;
}

/** Packs B [positions, d] into the scratch, column panel after column panel. */
export function packB(b: usize, positions: usize, d: usize, scratch: usize): void {
  let panel = panelOfA(scratch) + positions * tileRows * 4;
  for (let column: usize = 0; column < d; column += tileColumns) {
    const count = min(tileColumns, d - column);
    packPanel(b + column * 4, tileColumns, count, positions, 4, d * 4, panel);
    panel += positions * tileColumns * 4;
  }
}

/**
 * Squared norm, in float64, of four rows of AᵀB, which are formed tile by tile in float32 from the
 * panels in the scratch and not kept.
 */
export function squaredRowsNorm(positions: usize, d: usize, scratch: usize): f64 {
  const panelA = panelOfA(scratch);
  let panelB = panelA + positions * tileRows * 4;
  let sum: f64 = 0;
  for (let column: usize = 0; column < d; column += tileColumns) {
    multiplyTile(panelA, panelB, positions, scratch, tileColumns * 4, false);
    sum += squaredNorm(scratch, tileRows * tileColumns);
    panelB += positions * tileColumns * 4;
  }
  return sum;
}

/** Writes the three squared norms of one example: of the product, of A, of B. */
export function storeNorms(target: usize, ofProduct: f64, ofA: f64, ofB: f64): void {
  store<f64>(target, ofProduct);
  store<f64>(target, ofA, 8);
  store<f64>(target, ofB, 16);
}
