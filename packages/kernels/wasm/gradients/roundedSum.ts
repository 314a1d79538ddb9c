import { packA, packB, panelOfA, panelsOfB, productScratch } from './exampleProduct';
import { outerProductsScratch, sumOuterProducts } from './outerProducts';
import { addRounded, countExamples, startSums } from '../rounding';
import { addRoundedTile, multiplyTile, tileColumns, tileRows } from '../products/tile';
import {
  channels,
  inHeight,
  inWidth,
  useWindows,
  windowCount,
  windowSize,
} from '../products/windows';

/** Bytes of scratch that the sums below need for `columns` columns of B. */
export function roundedSumScratch(n: usize, positions: usize, columns: usize): usize {
  return positions === 1 ? outerProductsScratch(n, columns) : productScratch(positions, columns);
}

/**
 * A part of Σ rint(factor·AᵀB) over `n` examples, as int32: rows `firstRow` to `endRow`, columns
 * `firstColumn` to `endColumn`. An example's AᵀB in float32 is, bit for bit, the product whose norm
 * `matMulGradientNorm` computes; at a single position the summand is A·(factor·B). An example whose
 * factor is 0 is left out.
 *
 * @param a inputs of the first example, [positions, p] each
 * @param b output gradients of the first example, [positions, d] each
 * @param factors one per example
 * @param firstRow a multiple of four; `firstColumn` is a multiple of eight
 * @param target address of the whole sum's first value, [p, d]
 */
export function matMulRoundedSum(
  a: usize,
  b: usize,
  n: usize,
  positions: usize,
  p: usize,
  d: usize,
  factors: usize,
  firstRow: usize,
  endRow: usize,
  firstColumn: usize,
  endColumn: usize,
  target: usize,
  scratch: usize,
): void {
  sumPart(
    a,
    false,
    b,
    n,
    positions,
    p,
    d,
    factors,
    firstRow,
    endRow,
    firstColumn,
    endColumn,
    target,
    scratch,
  );
}

/** The same where A are the windows of NHWC images (see `useWindows`). */
export function conv2dRoundedSum(
  windows: usize,
  images: usize,
  b: usize,
  n: usize,
  d: usize,
  factors: usize,
  firstRow: usize,
  endRow: usize,
  firstColumn: usize,
  endColumn: usize,
  target: usize,
  scratch: usize,
): void {
  useWindows(windows);
  sumPart(
    images,
    true,
    b,
    n,
    windowCount(),
    windowSize(),
    d,
    factors,
    firstRow,
    endRow,
    firstColumn,
    endColumn,
    target,
    scratch,
  );
}

function sumPart(
  a: usize,
  isImage: bool,
  b: usize,
  n: usize,
  positions: usize,
  p: usize,
  d: usize,
  factors: usize,
  firstRow: usize,
  endRow: usize,
  firstColumn: usize,
  endColumn: usize,
  target: usize,
  scratch: usize,
): void {
  const columns = endColumn - firstColumn;
  const part = target + (firstRow * d + firstColumn) * 4;
  startSums(part, d * 4, endRow - firstRow, columns, countExamples(factors, n));
  const exampleBytes = isImage ? ((inHeight * inWidth * channels) as usize) * 4 : positions * p * 4;
  if (positions === 1) {
    sumOuterProducts(
      a,
      isImage,
      exampleBytes,
      b + firstColumn * 4,
      n,
      p,
      d,
      factors,
      firstRow,
      endRow,
      columns,
      part,
      scratch,
    );
    return;
  }
  for (let example: usize = 0; example < n; example++) {
    const factor = load<f32>(factors + example * 4);
    if (factor === 0) continue;
    const inputs = a + example * exampleBytes;
    const gradients = b + (example * positions * d + firstColumn) * 4;
    packB(gradients, positions, d, columns, scratch);
    for (let row = firstRow; row < endRow; row += tileRows) {
      packA(inputs, isImage, positions, p, row, scratch);
      const rows = min(tileRows, endRow - row);
      const place = part + (row - firstRow) * d * 4;
      addTiles(positions, factor, rows, columns, place, d * 4, scratch);
    }
  }
}

/** Adds a row of rounded tiles of the panels in the scratch. */
function addTiles(
  positions: usize,
  factor: f32,
  rows: usize,
  columns: usize,
  target: usize,
  rowBytes: usize,
  scratch: usize,
): void {
  const panelA = panelOfA(scratch);
  let panelB = panelsOfB(scratch, positions);
  for (let column: usize = 0; column < columns; column += tileColumns) {
    const count = min(tileColumns, columns - column);
    if (rows === tileRows && count === tileColumns) {
      addRoundedTile(panelA, panelB, positions, target, rowBytes, factor);
    } else {
      multiplyTile(panelA, panelB, positions, scratch, tileColumns * 4, false);
      for (let i: usize = 0; i < rows; i++) {
        for (let j: usize = 0; j < count; j++) {
          const value = load<f32>(scratch + (i * tileColumns + j) * 4);
          addRounded(target + i * rowBytes + j * 4, value, factor);
        }
      }
    }
    panelB += positions * tileColumns * 4;
    target += tileColumns * 4;
  }
}
