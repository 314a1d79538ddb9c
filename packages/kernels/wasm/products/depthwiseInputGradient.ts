import { loadValues, storeValues } from '../quads';
import {
  channels,
  dilationHeight,
  dilationWidth,
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
} from './windows';

/**
 * The input gradient of a depthwise convolution of one image.
 *
 * @param dy [windows, channels·multiplier]
 * @param filter [taps, channels, multiplier]
 * @param dx NHWC, see `useWindows`
 */
export function depthwiseInputGradient(
  windows: usize,
  dy: usize,
  filter: usize,
  multiplier: usize,
  dx: usize,
  _scratch: usize,
): void {
  useWindows(windows);
  const pixelBytes = (channels * 4) as usize;
  memory.fill(dx, 0, ((inHeight * inWidth) as usize) * pixelBytes);
  for (let outY = 0; outY < outHeight; outY++) {
    for (let outX = 0; outX < outWidth; outX++) {
      let weights = filter;
      for (let filterY = 0; filterY < filterHeight; filterY++) {
        const y = outY * strideHeight - padTop + filterY * dilationHeight;
        for (let filterX = 0; filterX < filterWidth; filterX++) {
          const x = outX * strideWidth - padLeft + filterX * dilationWidth;
          if (y >= 0 && y < inHeight && x >= 0 && x < inWidth) {
            addPixel(dy, weights, multiplier, dx + ((y * inWidth + x) as usize) * pixelBytes);
          }
          weights += pixelBytes * multiplier;
        }
      }
      dy += pixelBytes * multiplier;
    }
  }
}

/** Adds one window's gradients times one tap of the filter to one pixel. */
function addPixel(dy: usize, weights: usize, multiplier: usize, pixel: usize): void {
  if (multiplier === 1) {
    for (let channel: usize = 0; channel < (channels as usize); channel += 4) {
      const count = min(4, (channels as usize) - channel);
      const at = channel * 4;
      const product = f32x4.mul(loadValues(dy + at, count), loadValues(weights + at, count));
      storeValues(pixel + at, f32x4.add(loadValues(pixel + at, count), product), count);
    }
    return;
  }
  for (let channel = 0; channel < channels; channel++) {
    let sum = load<f32>(pixel);
    for (let i: usize = 0; i < multiplier; i++) {
      sum += load<f32>(dy) * load<f32>(weights);
      dy += 4;
      weights += 4;
    }
    store<f32>(pixel, sum);
    pixel += 4;
  }
}
