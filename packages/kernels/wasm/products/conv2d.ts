import { blockDepth, packedPanel } from './packedColumns';
import { multiplyTiles, tileBytes, tileRows } from './tile';
import { packWindowRows, windowRowsScratch } from './windowRows';
import { useWindows, windowSize } from './windows';

/** A block of a packed filter of this many columns stays in the second-level cache. */
const blockColumns: usize = 256;

/** Bytes of scratch that `conv2d` needs. */
export function conv2dScratch(windows: usize): usize {
  useWindows(windows);
  return tileBytes + min(windowSize(), blockDepth) * tileRows * 4 + windowRowsScratch();
}

/**
 * Windows `first` to `end`, numbered consecutively over all images, times a filter [window values,
 * d] in float32: these rows of y [windows, d]. Sums are computed in the order of the window's
 * values, 256 at a time.
 *
 * @param images NHWC, see `useWindows`
 * @param filter as `packColumns` packs it
 * @param y address of the first row of all
 */
export function conv2d(
  windows: usize,
  images: usize,
  filter: usize,
  d: usize,
  first: usize,
  end: usize,
  y: usize,
  scratch: usize,
): void {
  useWindows(windows);
  const size = windowSize();
  const panel = scratch + tileBytes;
  const places = panel + min(size, blockDepth) * tileRows * 4;
  for (let value: usize = 0; value < size; value += blockDepth) {
    const depth = min(blockDepth, size - value);
    for (let column: usize = 0; column < d; column += blockColumns) {
      const columns = min(blockColumns, d - column);
      const panelsB = packedPanel(filter, size, d, value, column);
      for (let window = first; window < end; window += tileRows) {
        const rows = min(tileRows, end - window);
        packWindowRows(images, window, rows, value, value + depth, panel, places);
        const target = y + (window * d + column) * 4;
        multiplyTiles(panel, panelsB, depth, target, d * 4, value > 0, rows, columns, scratch);
      }
    }
  }
}
