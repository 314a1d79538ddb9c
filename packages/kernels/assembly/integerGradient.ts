import { byteStarts, bytesAt, packBytes } from './bytes';
import { integerWords } from './integerColumns';
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
 * Operands of the weight gradient AᵀB of one example, A [positions, p] and B [positions, d], as panels of words:
 * two positions as 16-bit integers (`T` i16) or four as bytes (i8). Words do not reach from a row of output pixels
 * into the next.
 */

const blockBytes: usize = 128 * 1024;
const mostPanels: usize = 16;

/** Number of words of `rows`·`width` positions. */
export function positionWords<T>(rows: usize, width: usize): usize {
  return rows * integerWords<T>(width);
}

/** Bytes of the panels of B. */
export function gradientPanelBytes(words: usize, d: usize): usize {
  return words * padded(d, tileColumns) * 4;
}

/**
 * Packs B, column panel after column panel.
 *
 * @param offset i8 only: `wideDotOffset` of the processor, which each byte gets added
 */
export function packGradientPanels<T>(
  b: usize,
  rows: usize,
  width: usize,
  d: usize,
  offset: i32,
  panels: usize,
): void {
  for (let column: usize = 0; column < d; column += tileColumns) {
    const count = min(tileColumns, d - column);
    let source = b + column * 4;
    for (let row: usize = 0; row < rows; row++) {
      panels =
        sizeof<T>() === 1
          ? packBytes(source, tileColumns, count, width, d * 4, offset, panels)
          : packPairs(source, tileColumns, count, width, d * 4, panels);
      source += width * d * 4;
    }
  }
}

/** Bytes of a panel of four columns of A; sums of bytes have their starts behind the panel. */
export function inputPanelBytes<T>(words: usize): usize {
  return (words + (sizeof<T>() === 1 ? 1 : 0)) * tileRows * 4;
}

/** Where the starts of a panel's sums are. */
export function startsOfPanel(panel: usize, words: usize): usize {
  return panel + words * tileRows * 4;
}

/** So many panels of A stay in the second-level cache while those of B pass by. */
export function inputPanelsOfBlock<T>(words: usize): usize {
  return max<usize>(1, min<usize>(mostPanels, blockBytes / inputPanelBytes<T>(words)));
}

/**
 * Packs `count` columns of A, from `first` on, panel after panel; zeros beyond the last.
 *
 * @param a rows of p values, or an NHWC image whose windows are the rows (see `useWindows`)
 * @param offset what `packGradientPanels` was given
 */
export function packInputPanels<T>(
  a: usize,
  isImage: bool,
  positions: usize,
  p: usize,
  first: usize,
  count: usize,
  offset: i32,
  panels: usize,
): void {
  const words = isImage ? positionWords<T>(outHeight, outWidth) : positionWords<T>(1, positions);
  for (let row = first; row < first + count; row += tileRows) {
    const neighbours = min(tileRows, p - row);
    if (isImage) {
      packWindows<T>(a, row, words, panels);
    } else if (sizeof<T>() === 1) {
      packBytes(a + row * 4, tileRows, neighbours, positions, p * 4, 0, panels);
    } else {
      packPairs(a + row * 4, tileRows, neighbours, positions, p * 4, panels);
    }
    if (sizeof<T>() === 1) byteStarts(panels, words, offset, startsOfPanel(panels, words));
    panels += inputPanelBytes<T>(words);
  }
}

/** Packs four neighbouring values of every window of an image, from the value `first` on. */
function packWindows<T>(image: usize, first: usize, words: usize, panel: usize): void {
  if ((channels & 3) === 0) {
    packTap<T>(image, first, panel, true);
    return;
  }
  const size = windowSize();
  memory.fill(panel, 0, words * tileRows * 4);
  for (let i: usize = 0; i < min(tileRows, size - first); i++) {
    packTap<T>(image, first + i, panel + i * 4, false);
  }
}

/** One value of every window, or four neighbouring channels; words of windows are 16 bytes apart. */
function packTap<T>(image: usize, index: usize, place: usize, isQuad: bool): void {
  const channel = (index as i32) % channels;
  const tap = (index as i32) / channels;
  const filterY = tap / filterWidth;
  const filterX = tap % filterWidth;
  const offset = filterX - padLeft;
  const step = (strideWidth * channels * 4) as usize;
  const windowsOfWord: i32 = 4 / sizeof<T>();
  const rowBytes = positionWords<T>(1, outWidth) * 16;
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
    for (let outX = 0; outX < outWidth; outX += windowsOfWord) {
      if (isQuad) {
        const first = addressInside(source, outX, begin, end);
        const second = addressInside(source + step, outX + 1, begin, end);
        if (sizeof<T>() === 1) {
          const third = addressInside(source + 2 * step, outX + 2, begin, end);
          const fourth = addressInside(source + 3 * step, outX + 3, begin, end);
          v128.store(place, bytesAt(first, second, third, fourth));
        } else {
          v128.store(place, pairsAt(first, second));
        }
      } else {
        for (let i = 0; i < windowsOfWord; i++) {
          const value = addressInside(source + (i as usize) * step, outX + i, begin, end);
          const target = place + (i as usize) * sizeof<T>();
          store<T>(target, value ? (narrowed(value) as T) : (0 as T));
        }
      }
      source += (windowsOfWord as usize) * step;
      place += 16;
    }
  }
}

/** The address, or 0 of a window that reaches over the border. */
function addressInside(source: usize, outX: i32, begin: i32, end: i32): usize {
  return outX >= begin && outX < end ? source : 0;
}
