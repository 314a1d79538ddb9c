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
} from '../products/windows';

/** Bytes of scratch that `integerConv2d` needs. */
export function integerConv2dScratch(windows: usize): usize {
  useWindows(windows);
  return convolutionScratch<i16>();
}

/**
 * The windows of NHWC images of whole numbers times a matrix of `n` columns: exact sums, rounded to
 * float32 and multiplied by the example's scale.
 *
 * @param windows see `useWindows`
 * @param places six int32 that give the targets of products: height and width of the target images;
 *   row and column of the first window's target; vertical and horizontal distance of neighbours
 * @param images the first of `examples` images
 * @param packed the filter [window, n] from `packIntegerColumns`
 * @param scales one per example
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
  startRows<i16>(windowSize(), packed, n, 0, 0, scratch);
  multiplyWindows<i16>(places, images, examples, n, scales, target, scratch);
}

/** Bytes of scratch, for any type that integers are narrowed to. */
export function convolutionScratch<T>(): usize {
  return ((integerRowsScratch<T>(windowSize()) + 15) & ~15) + narrowedImageBytes<T>();
}

/** The same after `useWindows` and `startRows`, for any type that integers are narrowed to. */
export function multiplyWindows<T>(
  places: usize,
  images: usize,
  examples: usize,
  n: usize,
  scales: usize,
  target: usize,
  scratch: usize,
): void {
  const height = load<i32>(places);
  const width = load<i32>(places, 4);
  const top = load<i32>(places, 8);
  const left = load<i32>(places, 12);
  const rowStep = load<i32>(places, 16);
  const columnStep = load<i32>(places, 20);
  const imageBytes = ((inHeight * inWidth * channels) as usize) * 4;
  const narrowedImage = scratch + ((integerRowsScratch<T>(windowSize()) + 15) & ~15);
  for (let example: usize = 0; example < examples; example++) {
    const scale = load<f32>(scales + example * 4);
    narrowImage<T>(images + example * imageBytes, narrowedImage);
    for (let outY = 0; outY < outHeight; outY++) {
      for (let outX = 0; outX < outWidth; outX++) {
        copyWindow<T>(narrowedImage, outY, outX, nextRow());
        const pixel = (top + outY * rowStep) * width + left + outX * columnStep;
        endRow<T>(target + (pixel as usize) * n * 4, scale);
      }
    }
    target += ((height * width) as usize) * n * 4;
  }
  finishRows<T>();
}
