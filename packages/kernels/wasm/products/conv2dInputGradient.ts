import { blockDepth, packedPanel } from './packedColumns';
import { packPanel } from './panels';
import { multiplyTiles, tileBytes, tileRows } from './tile';
import {
  channels,
  filterHeight,
  filterWidth,
  inHeight,
  inWidth,
  outWidth,
  padLeft,
  padTop,
  strideHeight,
  strideWidth,
  useWindows,
  windowCount,
  windowSize,
} from './windows';

/**
 * A block of a packed filter of this many columns stays in the second-level cache, beside
 * `blockWindows` windows.
 */
const blockColumns: usize = 256;
const blockWindows: usize = 64;

/** Bytes of scratch that `conv2dInputGradient` needs for `n` images and d output channels. */
export function conv2dInputGradientScratch(windows: usize, n: usize, d: usize): usize {
  useWindows(windows);
  const ofWindows = min(blockWindows, n * windowCount()) * windowSize();
  return tileBytes + (min(d, blockDepth) * tileRows + ofWindows) * 4;
}

/**
 * The input gradient of `n` images in float32, at any stride: each window's output gradients times
 * the filter are the gradients of the window's values, which add up where windows overlap, in their
 * order.
 *
 * @param dy [n, windows, d]
 * @param filter [d, window values] as `packColumns` packs it
 * @param dx NHWC, see `useWindows`
 */
export function conv2dInputGradient(
  windows: usize,
  dy: usize,
  filter: usize,
  n: usize,
  d: usize,
  dx: usize,
  scratch: usize,
): void {
  useWindows(windows);
  const count = n * windowCount();
  const size = windowSize();
  const panel = scratch + tileBytes;
  const gradients = panel + min(d, blockDepth) * tileRows * 4;
  const imageBytes = (inHeight * inWidth * channels * 4) as usize;
  memory.fill(dx, 0, n * imageBytes);
  for (let first: usize = 0; first < count; first += blockWindows) {
    const end = min(count, first + blockWindows);
    multiplyWindows(dy + first * d * 4, end - first, filter, d, gradients, panel, scratch);
    let source = gradients;
    for (let window = first; window < end; window++) {
      const image = dx + (window / windowCount()) * imageBytes;
      addWindow((window % windowCount()) as i32, source, image);
      source += size * 4;
    }
  }
}

/** [count, d] times the filter, one block of the filter after the other. */
function multiplyWindows(
  dy: usize,
  count: usize,
  filter: usize,
  d: usize,
  target: usize,
  panel: usize,
  tile: usize,
): void {
  const size = windowSize();
  for (let first: usize = 0; first < d; first += blockDepth) {
    const depth = min(blockDepth, d - first);
    for (let column: usize = 0; column < size; column += blockColumns) {
      const panelsB = packedPanel(filter, d, size, first, column);
      const columns = min(blockColumns, size - column);
      for (let row: usize = 0; row < count; row += tileRows) {
        const rows = min(tileRows, count - row);
        packPanel(dy + (row * d + first) * 4, tileRows, rows, depth, d * 4, 4, panel);
        const place = target + (row * size + column) * 4;
        multiplyTiles(panel, panelsB, depth, place, size * 4, first > 0, rows, columns, tile);
      }
    }
  }
}

/** Adds the gradients of one window's values to those of the image. */
function addWindow(window: i32, gradients: usize, dx: usize): void {
  const top = (window / outWidth) * strideHeight - padTop;
  const left = (window % outWidth) * strideWidth - padLeft;
  const begin = max(0, -left);
  const end = min(filterWidth, inWidth - left);
  if (begin >= end) return;
  const length = ((end - begin) * channels) as usize;
  for (let filterY = max(0, -top); filterY < min(filterHeight, inHeight - top); filterY++) {
    const source = gradients + (((filterY * filterWidth + begin) * channels * 4) as usize);
    const target = dx + ((((top + filterY) * inWidth + left + begin) * channels * 4) as usize);
    add(source, target, length);
  }
}

function add(source: usize, target: usize, count: usize): void {
  const end = target + count * 4;
  const quadEnd = target + (count & ~3) * 4;
  for (; target < quadEnd; target += 16) {
    v128.store(target, f32x4.add(v128.load(target), v128.load(source)));
    source += 16;
  }
  for (; target < end; target += 4) {
    store<f32>(target, load<f32>(target) + load<f32>(source));
    source += 4;
  }
}
