import type { Image } from './formats/image.ts';

/**
 * Resizes an image with the triangle filter: linear interpolation to enlarge, a weighted mean of
 * all covered pixels to shrink. Rows first, then columns; rounded to 8 bits once.
 *
 * @throws RangeError unless both sizes are whole numbers from 1 to 4096
 */
export function resizeImage(image: Image, width: number, height: number): Image {
  requireSides(width, height);
  if (image.width === width && image.height === height) return image;
  const { channels, pixels: values } = image;
  const pixels = new Uint8Array(width * height * channels);
  resizer(image, { width, height })(values).forEach((value, i) => (pixels[i] = Math.round(value)));
  return { width, height, channels, pixels };
}

/** @throws RangeError unless each is a whole number from 1 to 4096 */
export function requireSides(...sides: readonly number[]): void {
  for (const side of sides) {
    if (!Number.isInteger(side) || side < 1 || side > 4096) {
      throw new RangeError(`image size: expected a whole number from 1 to 4096, got ${side}`);
    }
  }
}

/**
 * Returns a function that resizes values [height, width, channels] as `resizeImage` does, without
 * rounding. Its result is overwritten by the next call.
 */
export function resizer(
  from: { readonly width: number; readonly height: number; readonly channels: number },
  { width, height }: { readonly width: number; readonly height: number },
): (values: ArrayLike<number>) => Float64Array {
  const { channels } = from;
  const rowLength = width * channels;
  const across = new Float32Array(from.height * rowLength);
  const resized = new Float64Array(height * rowLength);
  const columns = taps(from.width, width);
  const rows = taps(from.height, height);
  return (values) => {
    for (const [x, { first, weights }] of columns.entries()) {
      for (let y = 0; y < from.height; y++) {
        for (let channel = 0; channel < channels; channel++) {
          let sum = 0;
          for (let i = 0; i < weights.length; i++) {
            sum += weights[i]! * values[(y * from.width + first + i) * channels + channel]!;
          }
          across[y * rowLength + x * channels + channel] = sum;
        }
      }
    }
    for (const [y, { first, weights }] of rows.entries()) {
      for (let i = 0; i < rowLength; i++) {
        let sum = 0;
        for (let row = 0; row < weights.length; row++) {
          sum += weights[row]! * across[(first + row) * rowLength + i]!;
        }
        resized[y * rowLength + i] = sum;
      }
    }
    return resized;
  };
}

/** For each new pixel the weights, which add up to 1, of the old pixels from `first` on. */
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
