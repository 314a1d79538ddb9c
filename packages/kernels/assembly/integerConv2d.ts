import { copyWindow, narrowImage, narrowedImageBytes } from './integerImage';
import { endRow, finishRows, integerRowsScratch, nextRow, startRows } from './integerRows';
import {
  channels,
  inHeight,
  inWidth,
  outHeight,
  outWidth,
  useWindows,
  windowSize,
} from './windows';

/** Bytes of scratch that `integerConv2d` needs. */
export function integerConv2dScratch(windows: usize): usize {
  useWindows(windows);
  return ((integerRowsScratch(windowSize()) + 15) & ~15) + narrowedImageBytes();
}

/**
 * The windows of NHWC images of whole numbers times a matrix of `n` columns: exact sums, rounded to float32 and
 * multiplied by the example's scale.
 *
 * @param windows see `useWindows`
 * @param places six int32 that say where products go: height and width of the target images; row, column of that
 *   of the first window; distance of those of neighbours, vertically, horizontally
 * @param images the first of `examples` images
 * @param packed the filter [window, n] from `packIntegerColumns`
 * @param scales one an example
 * @param target the first target image
 */
export function integerConv2d(
  windows: usize,
  places: usize,
  images: usize,
  examples: usize,
  packed: usize,
  n: usize,
  scales: usize,
  target: usize,
  scratch: usize,
): void {
  useWindows(windows);
  const height = load<i32>(places);
  const width = load<i32>(places, 4);
  const top = load<i32>(places, 8);
  const left = load<i32>(places, 12);
  const rowStep = load<i32>(places, 16);
  const columnStep = load<i32>(places, 20);
  const imageBytes = ((inHeight * inWidth * channels) as usize) * 4;
  const depth = windowSize();
  const narrowedImage = scratch + ((integerRowsScratch(depth) + 15) & ~15);
  startRows(depth, packed, n, scratch);
  for (let example: usize = 0; example < examples; example++) {
    const scale = load<f32>(scales + example * 4);
    narrowImage(images + example * imageBytes, narrowedImage);
    for (let outY = 0; outY < outHeight; outY++) {
      for (let outX = 0; outX < outWidth; outX++) {
        copyWindow(narrowedImage, outY, outX, nextRow());
        const pixel = (top + outY * rowStep) * width + left + outX * columnStep;
        endRow(target + (pixel as usize) * n * 4, scale);
      }
    }
    target += ((height * width) as usize) * n * 4;
  }
  finishRows();
}
