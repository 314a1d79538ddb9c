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
} from './windows';

/**
 * An NHWC image of whole numbers, narrowed to 16 bits: exactly the pixels that windows reach, zeros beyond the
 * border, so that each row of a window is one stretch of memory. Padding may be negative.
 */
function narrowedWidth(): i32 {
  return max(0, (outWidth - 1) * strideWidth + filterWidth);
}

function narrowedHeight(): i32 {
  return max(0, (outHeight - 1) * strideHeight + filterHeight);
}

/** Bytes of a narrowed image, with what `copyWindow` reads beyond it. */
export function narrowedImageBytes(): usize {
  const values = narrowedHeight() * narrowedWidth() * channels;
  return (((values * 2) as usize) + 31) & ~15;
}

export function narrowImage(image: usize, target: usize): void {
  const width = narrowedWidth();
  const pixelBytes = (channels as usize) * 2;
  const begin = clamp(padLeft, 0, width);
  const end = clamp(inWidth + padLeft, begin, width);
  for (let row = 0; row < narrowedHeight(); row++) {
    const y = row - padTop;
    if (y < 0 || y >= inHeight) {
      memory.fill(target, 0, (width as usize) * pixelBytes);
    } else {
      const source = image + ((((y * inWidth + begin - padLeft) * channels) as usize) << 2);
      memory.fill(target, 0, (begin as usize) * pixelBytes);
      narrow(source, ((end - begin) * channels) as usize, target + (begin as usize) * pixelBytes);
      const right = target + (end as usize) * pixelBytes;
      memory.fill(right, 0, ((width - end) as usize) * pixelBytes);
    }
    target += (width as usize) * pixelBytes;
  }
}

/** Copies the window of an output pixel from a narrowed image; writes up to 15 bytes beyond. */
export function copyWindow(narrowedImage: usize, outY: i32, outX: i32, target: usize): void {
  const rowBytes = ((narrowedWidth() * channels) as usize) * 2;
  const bytes = ((filterWidth * channels) as usize) * 2;
  const corner = ((outX * strideWidth * channels) as usize) * 2;
  let row = narrowedImage + ((outY * strideHeight) as usize) * rowBytes + corner;
  for (let filterY = 0; filterY < filterHeight; filterY++) {
    for (let i: usize = 0; i < bytes; i += 16) v128.store(target + i, v128.load(row + i));
    target += bytes;
    row += rowBytes;
  }
}
