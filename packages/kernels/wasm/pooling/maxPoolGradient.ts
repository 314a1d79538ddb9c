import { loadValues } from '../quads';
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

/**
 * The gradient of max pooling of one image: each output gradient goes to the first maximum of its
 * window.
 */
export function maxPoolGradient(
  windows: usize,
  image: usize,
  dy: usize,
  dx: usize,
  _scratch: usize,
): void {
  useWindows(windows);
  memory.fill(dx, 0, (inHeight * inWidth * channels * 4) as usize);
  for (let outY = 0; outY < outHeight; outY++) {
    const top = outY * strideHeight - padTop;
    for (let outX = 0; outX < outWidth; outX++) {
      addWindow(image, dy, dx, top, outX * strideWidth - padLeft);
      dy += (channels * 4) as usize;
    }
  }
}

function addWindow(image: usize, dy: usize, dx: usize, top: i32, left: i32): void {
  const yBegin = max(0, top);
  const yEnd = min(inHeight, top + filterHeight);
  const xBegin = max(0, left);
  const xEnd = min(inWidth, left + filterWidth);
  if (yBegin >= yEnd || xBegin >= xEnd) return;
  const pixelBytes = channels * 4;
  for (let channel = 0; channel < channels; channel += 4) {
    const count = min(4, channels - channel) as usize;
    const first = (yBegin * inWidth + xBegin) * pixelBytes + channel * 4;
    let places = i32x4.splat(first);
    let maximum = loadValues(image + (first as usize), count);
    for (let y = yBegin; y < yEnd; y++) {
      let place = (y * inWidth + xBegin) * pixelBytes + channel * 4;
      for (let x = xBegin; x < xEnd; x++) {
        const values = loadValues(image + (place as usize), count);
        const isGreater = f32x4.gt(values, maximum);
        maximum = v128.bitselect(values, maximum, isGreater);
        places = v128.bitselect(i32x4.splat(place), places, isGreater);
        place += pixelBytes;
      }
    }
    const gradients = dy + ((channel * 4) as usize);
    addTo(dx, i32x4.extract_lane(places, 0), gradients);
    if (count > 1) addTo(dx + 4, i32x4.extract_lane(places, 1), gradients + 4);
    if (count > 2) addTo(dx + 8, i32x4.extract_lane(places, 2), gradients + 8);
    if (count > 3) addTo(dx + 12, i32x4.extract_lane(places, 3), gradients + 12);
  }
}

function addTo(dx: usize, place: i32, gradient: usize): void {
  const target = dx + (place as usize);
  store<f32>(target, load<f32>(target) + load<f32>(gradient));
}
