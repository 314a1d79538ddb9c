import { loadValues, promoteHigh, storeValues } from '../quads';
import {
  channels,
  dilationHeight,
  dilationWidth,
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
} from './windows';

/**
 * The gradient of one tap of a depthwise filter, summed over `n` images and all windows in float64.
 *
 * @param images NHWC, see `useWindows`
 * @param dy [n, windows, channels·multiplier]
 * @param target [channels, multiplier] of this tap
 */
export function depthwiseFilterGradient(
  windows: usize,
  images: usize,
  dy: usize,
  n: usize,
  multiplier: usize,
  tap: i32,
  target: usize,
  _scratch: usize,
): void {
  useWindows(windows);
  const columns = (channels as usize) * multiplier;
  for (let column: usize = 0; column < columns; column += 4) {
    const count = min(4, columns - column);
    const sums = sumsOfTap(images, dy, n, multiplier, tap, column, count);
    storeValues(target + column * 4, sums, count);
  }
}

/** Sums of up to four neighbouring columns. */
function sumsOfTap(
  images: usize,
  dy: usize,
  n: usize,
  multiplier: usize,
  tap: i32,
  column: usize,
  count: usize,
): v128 {
  const columnBytes = (channels as usize) * multiplier * 4;
  const top = (tap / filterWidth) * dilationHeight - padTop;
  const left = (tap % filterWidth) * dilationWidth - padLeft;
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let gradients = dy + column * 4;
  for (let image: usize = 0; image < n; image++) {
    for (let outY = 0; outY < outHeight; outY++) {
      const y = outY * strideHeight + top;
      for (let outX = 0; outX < outWidth; outX++) {
        const x = outX * strideWidth + left;
        if (y >= 0 && y < inHeight && x >= 0 && x < inWidth) {
          const pixel = images + (((y * inWidth + x) * channels * 4) as usize);
          const values = valuesOf(pixel, multiplier, column, count);
          const factors = loadValues(gradients, count);
          const ofLow = f64x2.promote_low_f32x4(values);
          low = f64x2.add(low, f64x2.mul(ofLow, f64x2.promote_low_f32x4(factors)));
          high = f64x2.add(high, f64x2.mul(promoteHigh(values), promoteHigh(factors)));
        }
        gradients += columnBytes;
      }
    }
    images += (inHeight * inWidth * channels * 4) as usize;
  }
  return v128.shuffle<f32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5);
}

/** The inputs of up to four neighbouring columns: each channel has `multiplier` of them. */
function valuesOf(pixel: usize, multiplier: usize, column: usize, count: usize): v128 {
  if (multiplier === 1) return loadValues(pixel + column * 4, count);
  let values = f32x4.splat(load<f32>(pixel + (column / multiplier) * 4));
  if (count > 1) values = v128.load32_lane(pixel + ((column + 1) / multiplier) * 4, values, 1);
  if (count > 2) values = v128.load32_lane(pixel + ((column + 2) / multiplier) * 4, values, 2);
  if (count > 3) values = v128.load32_lane(pixel + ((column + 3) / multiplier) * 4, values, 3);
  return values;
}
