import { DataError } from '../formats/dataError.ts';
import { parsePpm, type Image } from '../formats/ppm.ts';
import { readJpeg } from './jpegImage.ts';
import { readPng } from './pngImage.ts';

/** More pixels than this are refused before anything is allocated. */
const greatestPixelCount = 2 ** 26;

/**
 * Decodes a PNG (eight bits, palettes included), baseline or progressive JPEG, or P6 image, told
 * apart by their magic. Transparency is left out.
 *
 * @throws DataError for another or a damaged file, other depths, images that are to be turned
 *   before they are shown, and more than 2²⁶ pixels
 */
export function decodeImage(bytes: Uint8Array, file: string): Image {
  if (bytes[0] === 0x50 && bytes[1] === 0x36) return parsePpm(bytes, file);
  if (bytes[0] === 0x89 && bytes[1] === 0x50) {
    return guarded(() => readPng(bytes, file, greatestPixelCount), file);
  }
  if (bytes[0] === 0xff && bytes[1] === 0xd8) {
    return guarded(() => readJpeg(bytes, file, greatestPixelCount), file);
  }
  throw new DataError(
    `${file}, offset 0: expected a PNG, JPEG or P6 image; convert others, in Pillow by ` +
      "Image.open(f).convert('RGB').save(f'{f}.png')",
  );
}

/** The decoders' own errors, of whatever class, with the file's name. */
function guarded(decode: () => Image, file: string): Image {
  try {
    return decode();
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new DataError(`${file}: expected an undamaged image: ${(cause as Error).message}`, {
      cause,
    });
  }
}
