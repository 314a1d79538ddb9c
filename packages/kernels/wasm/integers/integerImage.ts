import { narrow } from './narrow';
import {
  channels,
  clamp,
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
} from '../products/windows';

/**
 * An NHWC image of whole numbers, narrowed to 16 bits (`T` i16) or 8 (i8): exactly the pixels that
 * windows reach, with zeros beyond the border, so that each row of a window is contiguous in
 * memory. Padding may be negative.
 */
/** Its width in pixels. */
export function narrowedWidth(): i32 {
  return max(0, (outWidth - 1) * strideWidth + filterWidth);
}

function narrowedHeight(): i32 {
  return max(0, (outHeight - 1) * strideHeight + filterHeight);
}

/** Bytes of a narrowed image, with what `copyWindow` reads beyond it. */
export function narrowedImageBytes<T>(): usize {
  const values = narrowedHeight() * narrowedWidth() * channels;
  return ((values as usize) * sizeof<T>() + 31) & ~15;
}

/** Writes it; see `narrowedImageBytes`. */
export function narrowImage<T>(image: usize, target: usize): void {
  const width = narrowedWidth();
  const pixelBytes = (channels as usize) * sizeof<T>();
  const begin = clamp(padLeft, 0, width);
  const end = clamp(inWidth + padLeft, begin, width);
  for (let row = 0; row < narrowedHeight(); row++) {
    const y = row - padTop;
    if (y < 0 || y >= inHeight) {
      memory.fill(target, 0, (width as usize) * pixelBytes);
    } else {
      const source = image + ((((y * inWidth + begin - padLeft) * channels) as usize) << 2);
      memory.fill(target, 0, (begin as usize) * pixelBytes);
      narrow<T>(
        source,
        ((end - begin) * channels) as usize,
        target + (begin as usize) * pixelBytes,
      );
      const right = target + (end as usize) * pixelBytes;
      memory.fill(right, 0, ((width - end) as usize) * pixelBytes);
    }
    target += (width as usize) * pixelBytes;
  }
}

/** Copies the window of an output pixel from a narrowed image; writes up to 15 bytes beyond. */
export function copyWindow<T>(narrowedImage: usize, outY: i32, outX: i32, target: usize): void {
  const rowBytes = ((narrowedWidth() * channels) as usize) * sizeof<T>();
  const bytes = ((filterWidth * channels) as usize) * sizeof<T>();
  const corner = ((outX * strideWidth * channels) as usize) * sizeof<T>();
  let row = narrowedImage + ((outY * strideHeight) as usize) * rowBytes + corner;
  for (let filterY = 0; filterY < filterHeight; filterY++) {
    for (let i: usize = 0; i < bytes; i += 16) v128.store(target + i, v128.load(row + i));
    target += bytes;
    row += rowBytes;
  }
}
