import { turn } from './panels';
import { tileRows } from './tile';
import {
  channels,
  clamp,
  filterWidth,
  inHeight,
  inWidth,
  outHeight,
  outWidth,
  padLeft,
  padTop,
  strideHeight,
  strideWidth,
  windowCount,
} from './windows';

/** Start of a window in its image, as three int32: the image's address, row and column. */
const placeBytes: usize = 12;

/**
 * Bytes of scratch that `packWindowRows` needs: places of the windows, and a row of the filter for
 * each.
 */
export function windowRowsScratch(): usize {
  return tileRows * (placeBytes + rowSize() * 4);
}

/** Number of consecutive values in an image under a row of the filter. */
function rowSize(): usize {
  return filterWidth * channels;
}

/**
 * Packs values `first` to `end` of four windows: panel[value][window].
 *
 * @param window the first of them, numbered consecutively over all images
 * @param count number of windows; the last one is repeated for the rest
 * @param scratch see `windowRowsScratch`
 */
export function packWindowRows(
  images: usize,
  window: usize,
  count: usize,
  first: usize,
  end: usize,
  panel: usize,
  scratch: usize,
): void {
  placeWindows(images, window, count, scratch);
  for (let value = first; value < end;) {
    const filterY = (value / rowSize()) as i32;
    const inRow = value % rowSize();
    const length = min(rowSize() - inRow, end - value);
    turn(
      valuesOf(0, filterY, inRow, length, scratch),
      valuesOf(1, filterY, inRow, length, scratch),
      valuesOf(2, filterY, inRow, length, scratch),
      valuesOf(3, filterY, inRow, length, scratch),
      length,
      panel,
      tileRows * 4,
    );
    panel += length * tileRows * 4;
    value += length;
  }
}

function placeWindows(images: usize, window: usize, count: usize, scratch: usize): void {
  const imageBytes = (inHeight * inWidth * channels * 4) as usize;
  let image = images + (window / windowCount()) * imageBytes;
  let y = ((window % windowCount()) as i32) / outWidth;
  let x = ((window % windowCount()) as i32) % outWidth;
  for (let i: usize = 0; i < tileRows; i++) {
    store<u32>(scratch, image as u32);
    store<i32>(scratch, y * strideHeight - padTop, 4);
    store<i32>(scratch, x * strideWidth - padLeft, 8);
    scratch += placeBytes;
    if (i + 1 >= count || ++x < outWidth) continue;
    x = 0;
    if (++y < outHeight) continue;
    y = 0;
    image += imageBytes;
  }
}

/**
 * `length` values of window i from `inRow` on in a row of the filter: in the image, or a copy at
 * its border.
 */
function valuesOf(i: usize, filterY: i32, inRow: usize, length: usize, scratch: usize): usize {
  const place = scratch + i * placeBytes;
  const y = load<i32>(place, 4) + filterY;
  const lineSize = inWidth * channels;
  const line = (load<u32>(place) as usize) + ((y * lineSize * 4) as usize);
  const start = load<i32>(place, 8) * channels + (inRow as i32);
  const end = start + (length as i32);
  const isInside = y >= 0 && y < inHeight;
  if (isInside && start >= 0 && end <= lineSize) return line + ((start * 4) as usize);
  const copy = scratch + tileRows * placeBytes + i * rowSize() * 4;
  let target = copy;
  const insideBegin = isInside ? clamp(-start, 0, length as i32) : (length as i32);
  const insideEnd = isInside ? clamp(lineSize - start, insideBegin, length as i32) : insideBegin;
  target = fillZeros(target, insideBegin);
  target = copyValues(
    line + (((start + insideBegin) * 4) as usize),
    target,
    insideEnd - insideBegin,
  );
  fillZeros(target, (length as i32) - insideEnd);
  return copy;
}

function fillZeros(target: usize, count: i32): usize {
  for (; count >= 4; count -= 4) {
    v128.store(target, f32x4.splat(0));
    target += 16;
  }
  for (; count > 0; count--) {
    store<f32>(target, 0);
    target += 4;
  }
  return target;
}

function copyValues(source: usize, target: usize, count: i32): usize {
  for (; count >= 4; count -= 4) {
    v128.store(target, v128.load(source));
    source += 16;
    target += 16;
  }
  for (; count > 0; count--) {
    store<f32>(target, load<f32>(source));
    source += 4;
    target += 4;
  }
  return target;
}
