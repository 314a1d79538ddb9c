import { narrowed, packPairs, pairsAt } from './narrow';
import { padded, tileColumns, tileRows } from './tile';
import {
  beginInside,
  channels,
  endInside,
  filterWidth,
  inHeight,
  inWidth,
  outHeight,
  outWidth,
  padLeft,
  padTop,
  strideHeight,
  strideWidth,
  windowSize,
} from './windows';

/**
 * Operands of the weight gradient AᵀB of one example, A [positions, p] and B [positions, d], as panels of pairs of
 * positions. Pairs do not reach from a row of output pixels into the next.
 */

const blockBytes: usize = 128 * 1024;
const mostPanels: usize = 16;

/** Number of pairs of `rows`·`width` positions. */
export function positionPairs(rows: usize, width: usize): usize {
  return rows * ((width + 1) / 2);
}

/** Bytes of the panels of B. */
export function gradientPanelBytes(pairs: usize, d: usize): usize {
  return pairs * padded(d, tileColumns) * 4;
}

/** Packs B, column panel after column panel. */
export function packGradientPanels(
  b: usize,
  rows: usize,
  width: usize,
  d: usize,
  panels: usize,
): void {
  for (let column: usize = 0; column < d; column += tileColumns) {
    const count = min(tileColumns, d - column);
    let source = b + column * 4;
    for (let row: usize = 0; row < rows; row++) {
      panels = packPairs(source, tileColumns, count, width, d * 4, panels);
      source += width * d * 4;
    }
  }
}

/** Bytes of a panel of four columns of A. */
export function inputPanelBytes(pairs: usize): usize {
  return pairs * tileRows * 4;
}

/** So many panels of A stay in the second-level cache while those of B pass by. */
export function inputPanelsOfBlock(pairs: usize): usize {
  return max<usize>(1, min<usize>(mostPanels, blockBytes / inputPanelBytes(pairs)));
}

/**
 * Packs `count` columns of A, from `first` on, panel after panel; zeros beyond the last.
 *
 * @param a rows of p values, or an NHWC image whose windows are the rows (see `useWindows`)
 */
export function packInputPanels(
  a: usize,
  isImage: bool,
  positions: usize,
  p: usize,
  first: usize,
  count: usize,
  panels: usize,
): void {
  const pairs = isImage ? positionPairs(outHeight, outWidth) : positionPairs(1, positions);
  for (let row = first; row < first + count; row += tileRows) {
    if (isImage) {
      packWindowPairs(a, row, panels);
    } else {
      packPairs(a + row * 4, tileRows, min(tileRows, p - row), positions, p * 4, panels);
    }
    panels += inputPanelBytes(pairs);
  }
}

/** Packs four neighbouring values of every window of an image, from the value `first` on. */
function packWindowPairs(image: usize, first: usize, panel: usize): void {
  if ((channels & 3) === 0) {
    packTap(image, first, panel, true);
    return;
  }
  const size = windowSize();
  memory.fill(panel, 0, inputPanelBytes(positionPairs(outHeight, outWidth)));
  for (let i: usize = 0; i < min(tileRows, size - first); i++) {
    packTap(image, first + i, panel + i * 4, false);
  }
}

/** One value of every window, or four neighbouring channels; pairs of windows are 16 bytes apart. */
function packTap(image: usize, index: usize, place: usize, isQuad: bool): void {
  const channel = (index as i32) % channels;
  const tap = (index as i32) / channels;
  const filterY = tap / filterWidth;
  const filterX = tap % filterWidth;
  const offset = filterX - padLeft;
  const step = (strideWidth * channels * 4) as usize;
  const rowBytes = positionPairs(1, outWidth) * 16;
  // Windows from `begin` to `end` have the value inside of the image.
  const begin = beginInside(filterX);
  const end = max(begin, endInside(filterX));
  for (let outY = 0; outY < outHeight; outY++) {
    const y = outY * strideHeight - padTop + filterY;
    const isInside = y >= 0 && y < inHeight && begin < end;
    if (!isInside) {
      if (isQuad) memory.fill(place, 0, rowBytes);
      place += rowBytes;
      continue;
    }
    // Address of window 0, which may lie outside of the image.
    let source = image + ((((y * inWidth + offset) * channels + channel) as usize) << 2);
    for (let outX = 0; outX < outWidth; outX += 2) {
      const first = outX >= begin && outX < end ? source : 0;
      const second = outX + 1 >= begin && outX + 1 < end ? source + step : 0;
      if (isQuad) {
        v128.store(place, pairsAt(first, second));
      } else {
        store<i16>(place, first ? narrowed(first) : 0);
        store<i16>(place, second ? narrowed(second) : 0, 2);
      }
      source += 2 * step;
      place += 16;
    }
  }
}
