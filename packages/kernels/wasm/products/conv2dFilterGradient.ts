import { packPanel } from './panels';
import { multiplyTiles, padded, tileBytes, tileColumns, tileRows } from './tile';
import { packWindowColumns } from './windowColumns';
import { outHeight, outWidth, useWindows } from './windows';

/** Number of windows that are multiplied at a time, in whole rows. */
const blockWindows: usize = 256;

/** Rows of windows that are multiplied at a time. */
function blockRows(): usize {
  return max(1, blockWindows / outWidth);
}

/** Bytes of scratch that `conv2dFilterGradient` needs for `columns` columns. */
export function conv2dFilterGradientScratch(windows: usize, columns: usize): usize {
  useWindows(windows);
  return tileBytes + blockRows() * outWidth * (tileRows + padded(columns, tileColumns)) * 4;
}

/**
 * A part of dW = Σ AᵀB over `n` > 0 images in float32, where A [windows, values] are an image's
 * unfolded windows and B [windows, d] its output gradients: rows `firstRow` to `endRow`, columns
 * `firstColumn` to `endColumn`. Windows are added in order, image after image, about 256 at a time.
 *
 * @param images NHWC, see `useWindows`
 * @param dw address of the whole result's first value, [values, d]
 */
export function conv2dFilterGradient(
  windows: usize,
  images: usize,
  b: usize,
  n: usize,
  d: usize,
  firstRow: usize,
  endRow: usize,
  firstColumn: usize,
  endColumn: usize,
  dw: usize,
  scratch: usize,
): void {
  useWindows(windows);
  const height = n * outHeight;
  const step = blockRows();
  const panelA = scratch + tileBytes;
  const panelsB = panelA + step * outWidth * tileRows * 4;
  for (let first: usize = 0; first < height; first += step) {
    const end = min(height, first + step);
    const depth = (end - first) * outWidth;
    let panel = panelsB;
    for (let column = firstColumn; column < endColumn; column += tileColumns) {
      const corner = b + (first * outWidth * d + column) * 4;
      packPanel(corner, tileColumns, min(tileColumns, endColumn - column), depth, 4, d * 4, panel);
      panel += depth * tileColumns * 4;
    }
    for (let row = firstRow; row < endRow; row += tileRows) {
      packWindowColumns(images, row, panelA, first, end);
      multiplyTiles(
        panelA,
        panelsB,
        depth,
        dw + (row * d + firstColumn) * 4,
        d * 4,
        first > 0,
        min(tileRows, endRow - row),
        endColumn - firstColumn,
        scratch,
      );
    }
  }
}
