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
 * Packs four neighbouring values of windows, from the value `first` of a window on:
 * panel[window][i]. Zero outside the image and beyond the window's last value.
 *
 * @param images their rows of windows are numbered consecutively
 * @param firstRow first row of windows
 * @param endRow the row after the last one
 */
export function packWindowColumns(
  images: usize,
  first: usize,
  panel: usize,
  firstRow: usize,
  endRow: usize,
): void {
  const size = windowSize();
  const rowSize = (filterWidth * channels) as usize;
  if (first + 4 <= size && (first % rowSize) + 4 <= rowSize) {
    packQuads(images, first as i32, panel, firstRow as i32, endRow as i32);
    return;
  }
  for (let i: usize = 0; i < 4; i++) {
    if (first + i < size) {
      packValues(images, (first + i) as i32, panel + i * 4, firstRow as i32, endRow as i32);
    } else {
      let place = panel + i * 4;
      for (let count = (endRow - firstRow) * outWidth; count > 0; count--) {
        store<f32>(place, 0);
        place += 16;
      }
    }
  }
}

/**
 * The row of the image under row `filterY` of the filter in a row of windows, or −1 outside the
 * image.
 */
function imageRow(outY: i32, filterY: i32): i32 {
  const y = outY * strideHeight - padTop + filterY;
  return y < inHeight ? y : -1;
}

/** One value of every window, 16 bytes apart. */
function packValues(images: usize, index: i32, place: usize, firstRow: i32, endRow: i32): void {
  const channel = index % channels;
  const tap = index / channels;
  const filterX = tap % filterWidth;
  const filterY = tap / filterWidth;
  const step = (strideWidth * channels * 4) as usize;
  const imageBytes = (inHeight * inWidth * channels * 4) as usize;
  const begin = beginInside(filterX);
  const end = max(begin, endInside(filterX));
  let outY = firstRow % outHeight;
  let image = images + ((firstRow / outHeight) as usize) * imageBytes;
  for (let row = firstRow; row < endRow; row++) {
    const y = imageRow(outY, filterY);
    const rowEnd = place + outWidth * 16;
    const insideBegin = y >= 0 ? place + begin * 16 : rowEnd;
    const insideEnd = y >= 0 ? place + end * 16 : rowEnd;
    const x = begin * strideWidth - padLeft + filterX;
    let source = image + ((y * inWidth + x) * channels + channel) * 4;
    for (; place < insideBegin; place += 16) store<f32>(place, 0);
    for (; place < insideEnd; place += 16) {
      store<f32>(place, load<f32>(source));
      source += step;
    }
    for (; place < rowEnd; place += 16) store<f32>(place, 0);
    if (++outY === outHeight) {
      outY = 0;
      image += imageBytes;
    }
  }
}

/**
 * Four neighbouring values of every window, which are in one row of the filter and so in one row of
 * the image.
 */
function packQuads(images: usize, index: i32, place: usize, firstRow: i32, endRow: i32): void {
  const rowSize = filterWidth * channels;
  const filterY = index / rowSize;
  const inRow = index % rowSize;
  const step = (strideWidth * channels * 4) as usize;
  const imageBytes = (inHeight * inWidth * channels * 4) as usize;
  // For the windows between these, all four values are inside the image.
  const begin = beginInside(inRow / channels);
  const end = max(begin, endInside((inRow + 3) / channels));
  let outY = firstRow % outHeight;
  let image = images + ((firstRow / outHeight) as usize) * imageBytes;
  for (let row = firstRow; row < endRow; row++) {
    const y = imageRow(outY, filterY);
    if (y < 0) {
      for (const rowEnd = place + outWidth * 16; place < rowEnd; place += 16) {
        v128.store(place, f32x4.splat(0));
      }
    } else {
      const line = image + ((y * inWidth * channels * 4) as usize);
      for (let x = 0; x < begin; x++, place += 16) packBorderQuad(line, x, inRow, place);
      let source = line + ((begin * strideWidth - padLeft) * channels + inRow) * 4;
      for (const insideEnd = place + (end - begin) * 16; place < insideEnd; place += 16) {
        v128.store(place, v128.load(source));
        source += step;
      }
      for (let x = end; x < outWidth; x++, place += 16) packBorderQuad(line, x, inRow, place);
    }
    if (++outY === outHeight) {
      outY = 0;
      image += imageBytes;
    }
  }
}

/** Four values from `inRow` on of the filter's row in window `outX`, of a line of the image. */
function packBorderQuad(line: usize, outX: i32, inRow: i32, place: usize): void {
  const start = (outX * strideWidth - padLeft) * channels + inRow;
  for (let i = start; i < start + 4; i++) {
    const isInside = i >= 0 && i < inWidth * channels;
    store<f32>(place, isInside ? load<f32>(line + ((i * 4) as usize)) : 0);
    place += 4;
  }
}
