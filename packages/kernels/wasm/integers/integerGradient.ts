import { byteStarts, packBytes } from './bytes';
import { integerWords } from './integerColumns';
import { narrowedWidth } from './integerImage';
import { packPairs } from './narrow';
import { padded, tileColumns, tileRows } from '../products/tile';
import {
  channels,
  filterWidth,
  outHeight,
  outWidth,
  strideHeight,
  strideWidth,
  windowSize,
} from '../products/windows';

/**
 * Operands of the weight gradient AᵀB of one example, A [positions, p] and B [positions, d], as
 * panels of words: two positions as 16-bit integers (`T` i16) or four as bytes (i8). A word never
 * spans two rows of output pixels.
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
 * @param offset i8 only: `wideDotOffset` of the processor, which is added to each byte
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

/**
 * Bytes of a panel of four columns of A; for bytes, the start values of the sums follow the panel.
 */
export function inputPanelBytes<T>(words: usize): usize {
  return (words + (sizeof<T>() === 1 ? 1 : 0)) * tileRows * 4;
}

/** Address of the start values of a panel's sums. */
export function startsOfPanel(panel: usize, words: usize): usize {
  return panel + words * tileRows * 4;
}

/** Number of panels of A that stay in the second-level cache while the panels of B are read. */
export function inputPanelsOfBlock<T>(words: usize): usize {
  return max<usize>(1, min<usize>(mostPanels, blockBytes / inputPanelBytes<T>(words)));
}

/**
 * Packs `count` columns of A, from `first` on, panel after panel; zeros beyond the last.
 *
 * @param a rows of p values in float32, or an image from `narrowImage` whose windows are the rows
 *   (see `useWindows`)
 * @param offset the offset given to `packGradientPanels`
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
      packWindows<T>(a, row, panels);
    } else if (sizeof<T>() === 1) {
      packBytes(a + row * 4, tileRows, neighbours, positions, p * 4, 0, panels);
    } else {
      packPairs(a + row * 4, tileRows, neighbours, positions, p * 4, panels);
    }
    if (sizeof<T>() === 1) byteStarts(panels, words, offset, startsOfPanel(panels, words));
    panels += inputPanelBytes<T>(words);
  }
}

/**
 * Packs four neighbouring values of every window of a narrowed image, from the value `first` on.
 */
function packWindows<T>(narrowed: usize, first: usize, panel: usize): void {
  if ((channels & 3) === 0) {
    packChannels<T>(narrowed, first as i32, panel);
    return;
  }
  const size = windowSize();
  for (let i: usize = 0; i < tileRows; i++) {
    const place = panel + i * 4;
    if (first + i < size) packValue<T>(narrowed, (first + i) as i32, place);
    else clearWords(place, positionWords<T>(outHeight, outWidth));
  }
}

/** Address of value `index` of the first window of a row of windows in a narrowed image. */
function placeOf<T>(narrowed: usize, outY: i32, index: i32): usize {
  const rowSize = filterWidth * channels;
  const y = outY * strideHeight + index / rowSize;
  return narrowed + ((y * narrowedWidth() * channels + (index % rowSize)) as usize) * sizeof<T>();
}

/** Four neighbouring channels of every window; words of windows are 16 bytes apart. */
function packChannels<T>(narrowed: usize, index: i32, place: usize): void {
  const step = ((strideWidth * channels) as usize) * sizeof<T>();
  const windowsOfWord: i32 = 4 / sizeof<T>();
  for (let outY = 0; outY < outHeight; outY++) {
    let source = placeOf<T>(narrowed, outY, index);
    let outX = 0;
    for (; outX + windowsOfWord <= outWidth; outX += windowsOfWord) {
      v128.store(place, channelsOf<T>(source, step, windowsOfWord));
      source += (windowsOfWord as usize) * step;
      place += 16;
    }
    if (outX < outWidth) {
      v128.store(place, channelsOf<T>(source, step, outWidth - outX));
      place += 16;
    }
  }
}

/** Four channels of the windows as four words; zeros beyond the last window. */
function channelsOf<T>(source: usize, step: usize, windows: i32): v128 {
  if (sizeof<T>() === 2) {
    let pairs = v128.load64_zero(source);
    if (windows > 1) pairs = v128.load_lane<i64>(source + step, pairs, 1);
    return v128.shuffle<i16>(pairs, pairs, 0, 4, 1, 5, 2, 6, 3, 7);
  }
  let quads = v128.load32_zero(source);
  if (windows > 1) quads = v128.load_lane<i32>(source + step, quads, 1);
  if (windows > 2) quads = v128.load_lane<i32>(source + 2 * step, quads, 2);
  if (windows > 3) quads = v128.load_lane<i32>(source + 3 * step, quads, 3);
  return v128.shuffle<i8>(quads, quads, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
}

/** One value of every window. */
function packValue<T>(narrowed: usize, index: i32, place: usize): void {
  const step = ((strideWidth * channels) as usize) * sizeof<T>();
  const windowsOfWord: i32 = 4 / sizeof<T>();
  for (let outY = 0; outY < outHeight; outY++) {
    let source = placeOf<T>(narrowed, outY, index);
    for (let outX = 0; outX < outWidth; outX += windowsOfWord) {
      let word: u32 = 0;
      for (let i = 0; i < min(windowsOfWord, outWidth - outX); i++) {
        const value: u32 =
          sizeof<T>() === 1 ? (load<u8>(source) as u32) : (load<u16>(source) as u32);
        word |= value << ((i as u32) * (sizeof<T>() as u32) * 8);
        source += step;
      }
      store<u32>(place, word);
      place += 16;
    }
  }
}

function clearWords(place: usize, words: usize): void {
  for (const end = place + words * 16; place < end; place += 16) store<u32>(place, 0);
}
