import { DataError } from './formats/dataError.ts';

/**
 * Restores whole pixel values from the package's numbers of three decimals. Rounding to three
 * decimals changes a value by at most 0.0005 · 255 < 0.128, so the nearest whole number is the
 * original pixel.
 *
 * @throws DataError if the values are not `length` such numbers
 */
export function restorePixels(values: unknown, length: number, file: string): Uint8Array {
  const wrong = (what: string) =>
    new DataError(`${file}: ${what}; expected the file of mnist 1.1.0: reinstall the package`);
  if (!Array.isArray(values)) throw wrong('there is no list of pixels');
  if (values.length !== length) throw wrong(`${values.length} pixels instead of ${length}`);
  const pixels = new Uint8Array(length);
  // A plain loop without property look-ups: there are eight million pixels.
  for (let i = 0; i < length; i++) {
    const value: unknown = values[i];
    const scaled = typeof value === 'number' ? value * 255 : -1;
    const pixel = (scaled + 0.5) | 0;
    const error = scaled - pixel;
    if (!(error > -0.128 && error < 0.128 && pixel >= 0 && pixel <= 255)) {
      throw wrong(`pixel ${i} is ${String(value)}`);
    }
    pixels[i] = pixel;
  }
  return pixels;
}
