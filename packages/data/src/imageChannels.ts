import type { Image } from './formats/image.ts';

/**
 * Converts an image to gray (1 channel) or to red, green and blue (3). Gray is the luma of ITU-R
 * BT.601, (19595 · red + 38470 · green + 7471 · blue + 2¹⁵) / 2¹⁶ rounded down, the same as
 * Pillow's `convert('L')`; a gray value becomes three equal values. The result depends on this
 * image only.
 */
export function withChannels(image: Image, channels: 1 | 3): Image {
  const { width, height, pixels } = image;
  if (image.channels === channels) return image;
  const count = width * height;
  const converted = new Uint8Array(count * channels);
  for (let i = 0; i < count; i++) {
    if (channels === 3) converted.fill(pixels[i]!, 3 * i, 3 * i + 3);
    else {
      const [red, green, blue] = [pixels[3 * i]!, pixels[3 * i + 1]!, pixels[3 * i + 2]!];
      converted[i] = (19595 * red + 38470 * green + 7471 * blue + 0x8000) >>> 16;
    }
  }
  return { width, height, channels, pixels: converted };
}
