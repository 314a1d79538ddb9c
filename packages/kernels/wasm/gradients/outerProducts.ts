import { countExamples, shift } from '../rounding';
import { padded, tileBytes, tileColumns, tileRows } from '../products/tile';
import { packWindowColumns } from '../products/windowColumns';

/**
 * Sums of rounded outer products a·(factor·b) of examples with a single position. In the panels,
 * examples are used like positions, with the factor in those of B, and products are rounded in
 * registers.
 */

/** Number of examples that are summed before sums are stored. */
const blockExamples: usize = 256;

/** Bytes of scratch that `sumOuterProducts` needs for `columns` columns of B. */
export function outerProductsScratch(n: usize, columns: usize): usize {
  return tileBytes + 16 + min(n, blockExamples) * (tileRows + padded(columns, tileColumns)) * 4;
}

/**
 * Adds to sums of rounded values (see `startSums`) rows `firstRow` to `endRow` of A, and `columns`
 * columns of B.
 *
 * @param a p values of the first example, `exampleBytes` from those of the next; or an image with a
 *   single window (see `useWindows`)
 * @param b first column of the first example; the next example is d values later
 * @param target first of the sums
 */
export function sumOuterProducts(
  a: usize,
  isImage: bool,
  exampleBytes: usize,
  b: usize,
  n: usize,
  p: usize,
  d: usize,
  factors: usize,
  firstRow: usize,
  endRow: usize,
  columns: usize,
  target: usize,
  scratch: usize,
): void {
  const shifts = scratch + tileBytes;
  v128.store(shifts, f32x4.splat(shift));
  const panelA = shifts + 16;
  const panelsB = panelA + min(n, blockExamples) * tileRows * 4;
  for (let first: usize = 0; first < n; first += blockExamples) {
    const count = min(blockExamples, n - first);
    const inputs = a + first * exampleBytes;
    const ofBlock = factors + first * 4;
    const depth = packColumns(b + first * d * 4, count, d, ofBlock, columns, panelsB);
    for (let row = firstRow; row < endRow; row += tileRows) {
      packRows(inputs, isImage, exampleBytes, count, p, ofBlock, row, panelA);
      const rows = min(tileRows, endRow - row);
      const place = target + (row - firstRow) * d * 4;
      addTiles(panelA, panelsB, depth, place, d * 4, rows, columns, scratch);
    }
  }
}

/** Packs factor·B, column panel after column panel; returns the number of packed examples. */
function packColumns(
  b: usize,
  n: usize,
  d: usize,
  factors: usize,
  columns: usize,
  panels: usize,
): usize {
  const depth = countExamples(factors, n) as usize;
  const panelBytes = depth * tileColumns * 4;
  for (let i: usize = 0; i < n; i++) {
    const factor = load<f32>(factors + i * 4);
    if (factor === 0) continue;
    const splat = f32x4.splat(factor);
    let source = b + i * d * 4;
    let place = panels;
    let column: usize = 0;
    for (; column + tileColumns <= columns; column += tileColumns) {
      v128.store(place, f32x4.mul(splat, v128.load(source)));
      v128.store(place, f32x4.mul(splat, v128.load(source, 16)), 16);
      source += tileColumns * 4;
      place += panelBytes;
    }
    if (column < columns) {
      for (let j: usize = 0; j < tileColumns; j++) {
        const value: f32 = column + j < columns ? factor * load<f32>(source + j * 4) : 0;
        store<f32>(place + j * 4, value);
      }
    }
    panels += tileColumns * 4;
  }
  return depth;
}

/** Packs four columns of A, from `first` on. */
function packRows(
  a: usize,
  isImage: bool,
  exampleBytes: usize,
  n: usize,
  p: usize,
  factors: usize,
  first: usize,
  panel: usize,
): void {
  const count = min(tileRows, p - first);
  for (let i: usize = 0; i < n; i++) {
    if (load<f32>(factors + i * 4) === 0) continue;
    const source = a + i * exampleBytes;
    if (isImage) {
      packWindowColumns(source, first, panel, 0, 1);
    } else if (count === tileRows) {
      v128.store(panel, v128.load(source + first * 4));
    } else {
      for (let j: usize = 0; j < tileRows; j++) {
        store<f32>(panel + j * 4, j < count ? load<f32>(source + (first + j) * 4) : 0);
      }
    }
    panel += tileRows * 4;
  }
}

function addTiles(
  panelA: usize,
  panelsB: usize,
  depth: usize,
  target: usize,
  rowBytes: usize,
  rows: usize,
  columns: usize,
  tile: usize,
): void {
  for (let column: usize = 0; column < columns; column += tileColumns) {
    const count = min(tileColumns, columns - column);
    if (rows === tileRows && count === tileColumns) {
      addTile(panelA, panelsB, depth, target, rowBytes, tile + tileBytes);
    } else {
      memory.fill(tile, 0, tileBytes);
      addTile(panelA, panelsB, depth, tile, tileColumns * 4, tile + tileBytes);
      for (let i: usize = 0; i < rows; i++) {
        for (let j: usize = 0; j < count; j++) {
          const place = target + i * rowBytes + j * 4;
          store<i32>(place, load<i32>(place) + load<i32>(tile + (i * tileColumns + j) * 4));
        }
      }
    }
    panelsB += depth * tileColumns * 4;
    target += tileColumns * 4;
  }
}

/**
 * Adds a 4×8 tile of sums of rounded products to the stored values.
 *
 * @param panelA `depth` groups of 4 values, one per row of the tile
 * @param panelB `depth` groups of 8 values, one per column of the tile
 * @param shifts four times `shift`: a constant would be recomputed for each group
 */
function addTile(
  panelA: usize,
  panelB: usize,
  depth: usize,
  target: usize,
  rowBytes: usize,
  shifts: usize,
): void {
  const shifted = v128.load(shifts);
  let left0 = i32x4.splat(0);
  let left1 = i32x4.splat(0);
  let left2 = i32x4.splat(0);
  let left3 = i32x4.splat(0);
  let right0 = i32x4.splat(0);
  let right1 = i32x4.splat(0);
  let right2 = i32x4.splat(0);
  let right3 = i32x4.splat(0);
  const end = panelA + depth * 16;
  while (panelA < end) {
    const left = v128.load(panelB);
    const right = v128.load(panelB, 16);
    const a0 = v128.load32_splat(panelA);
    left0 = i32x4.add(left0, f32x4.add(f32x4.mul(a0, left), shifted));
    right0 = i32x4.add(right0, f32x4.add(f32x4.mul(a0, right), shifted));
    const a1 = v128.load32_splat(panelA, 4);
    left1 = i32x4.add(left1, f32x4.add(f32x4.mul(a1, left), shifted));
    right1 = i32x4.add(right1, f32x4.add(f32x4.mul(a1, right), shifted));
    const a2 = v128.load32_splat(panelA, 8);
    left2 = i32x4.add(left2, f32x4.add(f32x4.mul(a2, left), shifted));
    right2 = i32x4.add(right2, f32x4.add(f32x4.mul(a2, right), shifted));
    const a3 = v128.load32_splat(panelA, 12);
    left3 = i32x4.add(left3, f32x4.add(f32x4.mul(a3, left), shifted));
    right3 = i32x4.add(right3, f32x4.add(f32x4.mul(a3, right), shifted));
    panelA += 16;
    panelB += 32;
  }
  v128.store(target, i32x4.add(v128.load(target), left0));
  v128.store(target, i32x4.add(v128.load(target, 16), right0), 16);
  target += rowBytes;
  v128.store(target, i32x4.add(v128.load(target), left1));
  v128.store(target, i32x4.add(v128.load(target, 16), right1), 16);
  target += rowBytes;
  v128.store(target, i32x4.add(v128.load(target), left2));
  v128.store(target, i32x4.add(v128.load(target, 16), right2), 16);
  target += rowBytes;
  v128.store(target, i32x4.add(v128.load(target), left3));
  v128.store(target, i32x4.add(v128.load(target, 16), right3), 16);
}
