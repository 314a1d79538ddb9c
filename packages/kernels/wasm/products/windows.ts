import { squaredNorm } from '../squaredNorm';

/** Geometry of the windows of a convolution in an NHWC image. */
export let inHeight: i32 = 0;
export let inWidth: i32 = 0;
export let channels: i32 = 0;
export let filterHeight: i32 = 0;
export let filterWidth: i32 = 0;
export let outHeight: i32 = 0;
export let outWidth: i32 = 0;
export let strideHeight: i32 = 1;
export let strideWidth: i32 = 1;
export let padTop: i32 = 0;
export let padLeft: i32 = 0;
/** Only depthwise convolutions use these. */
export let dilationHeight: i32 = 1;
export let dilationWidth: i32 = 1;

/**
 * Reads the geometry of the windows from thirteen int32: in height, width, channels; filter height,
 * width; out height, width; stride height, width; padding above, to the left; dilation of height,
 * width.
 */
export function useWindows(windows: usize): void {
  inHeight = load<i32>(windows);
  inWidth = load<i32>(windows, 4);
  channels = load<i32>(windows, 8);
  filterHeight = load<i32>(windows, 12);
  filterWidth = load<i32>(windows, 16);
  outHeight = load<i32>(windows, 20);
  outWidth = load<i32>(windows, 24);
  strideHeight = load<i32>(windows, 28);
  strideWidth = load<i32>(windows, 32);
  padTop = load<i32>(windows, 36);
  padLeft = load<i32>(windows, 40);
  dilationHeight = load<i32>(windows, 44);
  dilationWidth = load<i32>(windows, 48);
}

/** Number of windows of an image. */
export function windowCount(): usize {
  return outHeight * outWidth;
}

/** Number of values in a window. */
export function windowSize(): usize {
  return filterHeight * filterWidth * channels;
}

/** The windows of an image, row after row: [windows, values]. */
export function unfold(image: usize, target: usize): void {
  const pixelBytes = (channels as usize) * 4;
  for (let outY = 0; outY < outHeight; outY++) {
    for (let outX = 0; outX < outWidth; outX++) {
      for (let filterY = 0; filterY < filterHeight; filterY++) {
        const y = outY * strideHeight - padTop + filterY;
        for (let filterX = 0; filterX < filterWidth; filterX++) {
          const x = outX * strideWidth - padLeft + filterX;
          if (y >= 0 && y < inHeight && x >= 0 && x < inWidth) {
            memory.copy(target, image + ((y * inWidth + x) as usize) * pixelBytes, pixelBytes);
          } else {
            memory.fill(target, 0, pixelBytes);
          }
          target += pixelBytes;
        }
      }
    }
  }
}

/**
 * Squared norm of the unfolded image in float64: each pixel counts once for every window that
 * contains it.
 */
export function unfoldedSquaredNorm(image: usize): f64 {
  const pixelBytes = (channels as usize) * 4;
  let sum: f64 = 0;
  for (let y = 0; y < inHeight; y++) {
    const rows = windowsOver(y + padTop, filterHeight, strideHeight, outHeight);
    for (let x = 0; x < inWidth; x++) {
      const count = rows * windowsOver(x + padLeft, filterWidth, strideWidth, outWidth);
      // A pixel that no window contains must have no effect, whatever its value.
      if (count > 0) sum += (count as f64) * squaredNorm(image, channels);
      image += pixelBytes;
    }
  }
  return sum;
}

/** Number of windows (`count` windows of `size`, `stride` apart) that contain a place. */
function windowsOver(place: i32, size: i32, stride: i32, count: i32): i32 {
  const first = max(0, ceilDivide(place - size + 1, stride));
  const last = min(count - 1, place / stride);
  return max(0, last - first + 1);
}

/** The first window of a row whose filter column `filterX` is inside the image. */
export function beginInside(filterX: i32): i32 {
  return clamp(ceilDivide(padLeft - filterX, strideWidth), 0, outWidth);
}

/** The window after the last such one. */
export function endInside(filterX: i32): i32 {
  return clamp(ceilDivide(inWidth + padLeft - filterX, strideWidth), 0, outWidth);
}

function ceilDivide(value: i32, divisor: i32): i32 {
  return value > 0 ? (value + divisor - 1) / divisor : value / divisor;
}

export function clamp(value: i32, low: i32, high: i32): i32 {
  return max(low, min(high, value));
}
