import type { Image } from './formats/image.ts';

/**
 * Turns a stored image upright by its EXIF orientation (Exif 2.32, 4.6.4): 1 as stored, 2 mirrored,
 * 3 rotated by 180°, 4 both, 5 to 8 with rows and columns exchanged. Pixels move and keep their
 * values.
 */
export function turnedImage(image: Image, orientation: number): Image {
  if (orientation === 1) return image;
  const { channels, pixels } = image;
  const isAcross = orientation >= 5;
  const [width, height] = isAcross ? [image.height, image.width] : [image.width, image.height];
  const fromRight = [2, 3, 7, 8].includes(orientation);
  const fromBottom = [3, 4, 6, 7].includes(orientation);
  const turned = new Uint8Array(pixels.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [column, row] = isAcross ? [y, x] : [x, y];
      const left = fromRight ? image.width - 1 - column : column;
      const top = fromBottom ? image.height - 1 - row : row;
      const from = (top * image.width + left) * channels;
      const to = (y * width + x) * channels;
      for (let channel = 0; channel < channels; channel++) {
        turned[to + channel] = pixels[from + channel]!;
      }
    }
  }
  return { width, height, channels, pixels: turned };
}
