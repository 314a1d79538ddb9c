import type { Image } from './formats/ppm.ts';

/**
 * Resizes an image by the triangle filter: linear interpolation where it grows, a weighted mean of
 * all pixels covered where it shrinks. First along rows, then columns, rounded to eight bits once.
 *
 * @throws RangeError for a size of other than whole numbers from 1 to 4096
 */
export function resizeImage(image: Image, width: number, height: number): Image {
  for (const side of [width, height]) {
    if (!Number.isInteger(side) || side < 1 || side > 4096) {
      throw new RangeError(`image size: expected a whole number from 1 to 4096, got ${side}`);
    }
  }
  if (image.width === width && image.height === height) return image;
  const { channels } = image;
  const across = new Float32Array(width * image.height * channels);
  for (const [x, { first, weights }] of taps(image.width, width).entries()) {
    for (let y = 0; y < image.height; y++) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        weights.forEach((weight, i) => {
          sum += weight * image.pixels[(y * image.width + first + i) * channels + channel]!;
        });
        across[(y * width + x) * channels + channel] = sum;
      }
    }
  }
  const rowLength = width * channels;
  const pixels = new Uint8Array(height * rowLength);
  for (const [y, { first, weights }] of taps(image.height, height).entries()) {
    for (let i = 0; i < rowLength; i++) {
      let sum = 0;
      weights.forEach((weight, row) => {
        sum += weight * across[(first + row) * rowLength + i]!;
      });
      pixels[y * rowLength + i] = Math.round(sum);
    }
  }
  return { width, height, channels, pixels };
}

/** The pixels that each new one is a mean of, from `first` on, with weights that add up to 1. */
function taps(from: number, to: number): { first: number; weights: number[] }[] {
  const scale = from / to;
  const reach = Math.max(1, scale);
  return Array.from({ length: to }, (_, place) => {
    const centre = (place + 0.5) * scale - 0.5;
    const first = Math.max(0, Math.ceil(centre - reach));
    const last = Math.min(from - 1, Math.floor(centre + reach));
    const weights = Array.from({ length: last - first + 1 }, (_, i) =>
      Math.max(0, 1 - Math.abs(first + i - centre) / reach),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first, weights: weights.map((weight) => weight / sum) };
  });
}
