import { loadValues, storeValues } from '../quads';
import {
  channels,
  filterHeight,
  filterWidth,
  inHeight,
  inWidth,
  outHeight,
  outWidth,
  padLeft,
  padTop,
  strideHeight,
  strideWidth,
  useWindows,
} from '../products/windows';

/** Position of the current window in its image. */
let firstRow: i32 = 0;
let firstColumn: i32 = 0;
let rows: i32 = 0;
let columns: i32 = 0;

/**
 * For each window of one image, the mean of its pixels in the image; NaN for a window without such
 * pixels.
 */
export function averagePool(windows: usize, image: usize, y: usize, _scratch: usize): void {
  pool(windows, image, y, false);
}

/**
 * The maximum of each window of one image; −∞ for a window without pixels. NaN is never a maximum.
 */
export function maxPool(windows: usize, image: usize, y: usize, _scratch: usize): void {
  pool(windows, image, y, true);
}

function pool(windows: usize, image: usize, y: usize, isMaximum: bool): void {
  useWindows(windows);
  for (let outY = 0; outY < outHeight; outY++) {
    for (let outX = 0; outX < outWidth; outX++) {
      useWindow(outY, outX);
      for (let channel = 0; channel < channels; channel += 4) {
        const count = min(4, channels - channel) as usize;
        const result = isMaximum ? maximumOf(image, channel, count) : meanOf(image, channel, count);
        storeValues(y, result, count);
        y += count * 4;
      }
    }
  }
}

/**
 * The maximum of each window of one image, and the index of its first occurrence plus `firstPlace`,
 * as int32; −1 for a window without pixels.
 */
export function maxPoolWithPlaces(
  windows: usize,
  image: usize,
  firstPlace: i32,
  y: usize,
  places: usize,
  _scratch: usize,
): void {
  useWindows(windows);
  for (let outY = 0; outY < outHeight; outY++) {
    for (let outX = 0; outX < outWidth; outX++) {
      useWindow(outY, outX);
      for (let channel = 0; channel < channels; channel++) {
        let maximum: f32 = -Infinity;
        let place = -1;
        for (let row = firstRow; row < firstRow + rows; row++) {
          for (let column = firstColumn; column < firstColumn + columns; column++) {
            const candidate = (row * inWidth + column) * channels + channel;
            const value = load<f32>(image + ((candidate as usize) << 2));
            if (value <= maximum || value !== value) continue;
            maximum = value;
            place = firstPlace + candidate;
          }
        }
        store<f32>(y, maximum);
        store<i32>(places, place);
        y += 4;
        places += 4;
      }
    }
  }
}

function useWindow(outY: i32, outX: i32): void {
  const top = outY * strideHeight - padTop;
  const left = outX * strideWidth - padLeft;
  firstRow = max(0, top);
  firstColumn = max(0, left);
  rows = max(0, min(inHeight, top + filterHeight) - firstRow);
  columns = max(0, min(inWidth, left + filterWidth) - firstColumn);
}

/** Means of up to four channels of the window. */
function meanOf(image: usize, channel: i32, count: usize): v128 {
  let sum = f32x4.splat(0);
  for (let row = 0; row < rows; row++) {
    let pixel = addressOf(image, row, channel);
    for (let column = 0; column < columns; column++) {
      sum = f32x4.add(sum, loadValues(pixel, count));
      pixel += (channels as usize) * 4;
    }
  }
  return f32x4.div(sum, f32x4.splat((rows * columns) as f32));
}

/** Maxima of up to four channels of the window. */
function maximumOf(image: usize, channel: i32, count: usize): v128 {
  let maximum = f32x4.splat(-Infinity);
  for (let row = 0; row < rows; row++) {
    let pixel = addressOf(image, row, channel);
    for (let column = 0; column < columns; column++) {
      const values = loadValues(pixel, count);
      maximum = v128.bitselect(values, maximum, f32x4.gt(values, maximum));
      pixel += (channels as usize) * 4;
    }
  }
  return maximum;
}

/** The first value of a channel in a row of the window. */
function addressOf(image: usize, row: i32, channel: i32): usize {
  return (
    image + (((((firstRow + row) * inWidth + firstColumn) * channels + channel) as usize) << 2)
  );
}
