import {
  gradientPanelBytes,
  packGradientPanels,
  packInputPanel,
  packWindowPairs,
  positionPairs,
} from './integerGradient';
import { multiplyIntegerTile } from './integerTile';
import { tileBytes, tileColumns, tileRows } from './tile';
import { channels, inHeight, inWidth, outHeight, outWidth, useWindows } from './windows';

/** Bytes of one example's packed output gradients, at `rows`·`width` positions. */
export function packedGradientBytes(rows: usize, width: usize, d: usize): usize {
  return gradientPanelBytes(positionPairs(rows, width), d);
}

/** Packs the output gradients B [rows·width, d] of one example, whole numbers in float32. */
export function packIntegerGradients(
  b: usize,
  rows: usize,
  width: usize,
  d: usize,
  packed: usize,
): void {
  packGradientPanels(b, rows, width, d, packed);
}

/** Bytes of scratch that the weight gradients below need. */
export function integerWeightGradientScratch(rows: usize, width: usize): usize {
  return tileBytes + positionPairs(rows, width) * tileRows * 4;
}

/**
 * Rows of Σ factor·AᵀB over examples, in order: sums over positions are exact in int32 and rounded to float32,
 * then multiplied and added in float32. An example whose factor is 0 is left out.
 *
 * @param a inputs of the first example, [positions, p] each, whole numbers in float32
 * @param packed output gradients of the examples from `packIntegerGradients`, with positions in one row
 * @param factors one an example
 * @param target `count` rows of d values, the first of which is row `first` of p
 */
export function integerMatMulWeightGradient(
  a: usize,
  packed: usize,
  examples: usize,
  positions: usize,
  p: usize,
  d: usize,
  factors: usize,
  first: usize,
  count: usize,
  target: usize,
  scratch: usize,
): void {
  const pairs = positionPairs(1, positions);
  const panel = scratch + tileBytes;
  memory.fill(target, 0, count * d * 4);
  for (let example: usize = 0; example < examples; example++) {
    const factor = load<f32>(factors + example * 4);
    if (factor !== 0) {
      for (let row: usize = 0; row < count; row += tileRows) {
        packInputPanel(a, positions, p, first + row, panel);
        addRows(
          panel,
          packed,
          pairs,
          d,
          factor,
          min(tileRows, count - row),
          target + row * d * 4,
          scratch,
        );
      }
    }
    a += positions * p * 4;
    packed += gradientPanelBytes(pairs, d);
  }
}

/** The same where A are the windows of an NHWC image, with rows of output pixels in `packed`. */
export function integerConv2dWeightGradient(
  windows: usize,
  images: usize,
  packed: usize,
  examples: usize,
  d: usize,
  factors: usize,
  first: usize,
  count: usize,
  target: usize,
  scratch: usize,
): void {
  useWindows(windows);
  const pairs = positionPairs(outHeight, outWidth);
  const panel = scratch + tileBytes;
  memory.fill(target, 0, count * d * 4);
  for (let example: usize = 0; example < examples; example++) {
    const factor = load<f32>(factors + example * 4);
    if (factor !== 0) {
      for (let row: usize = 0; row < count; row += tileRows) {
        packWindowPairs(images, first + row, panel);
        addRows(
          panel,
          packed,
          pairs,
          d,
          factor,
          min(tileRows, count - row),
          target + row * d * 4,
          scratch,
        );
      }
    }
    images += ((inHeight * inWidth * channels) as usize) * 4;
    packed += gradientPanelBytes(pairs, d);
  }
}

/** Adds factor·AᵀB of the rows in a panel. */
function addRows(
  panel: usize,
  packed: usize,
  pairs: usize,
  d: usize,
  factor: f32,
  rows: usize,
  target: usize,
  tile: usize,
): void {
  for (let column: usize = 0; column < d; column += tileColumns) {
    const columns = min(tileColumns, d - column);
    const place = target + column * 4;
    if (rows === tileRows && columns === tileColumns) {
      multiplyIntegerTile(panel, packed, pairs, place, d * 4, true, factor);
    } else {
      multiplyIntegerTile(panel, packed, pairs, tile, tileColumns * 4, false, 0);
      addPart(tile, factor, rows, columns, place, d * 4);
    }
    packed += pairs * tileColumns * 4;
  }
}

/** The part of a tile that lies in the matrix. */
function addPart(
  tile: usize,
  factor: f32,
  rows: usize,
  columns: usize,
  target: usize,
  rowBytes: usize,
): void {
  for (let i: usize = 0; i < rows; i++) {
    for (let j: usize = 0; j < columns; j++) {
      const place = target + i * rowBytes + j * 4;
      const term: f32 = (load<i32>(tile + (i * tileColumns + j) * 4) as f32) * factor;
      store<f32>(place, load<f32>(place) + term);
    }
  }
}
