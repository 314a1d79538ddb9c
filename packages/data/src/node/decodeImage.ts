import { DataError } from '../formats/dataError.ts';
import type { Image } from '../formats/image.ts';
import { isPnm, parsePnm } from '../formats/pnm.ts';
import { withChannels } from '../imageChannels.ts';
import { turnedImage } from '../turnedImage.ts';
import { readJpeg } from './jpegImage.ts';
import { readPng } from './pngImage.ts';
import type { StoredImage } from './storedImage.ts';
import { isWebp, readWebp } from './webpImage.ts';

/** Images with more pixels are refused before memory is allocated. */
const greatestPixelCount = 2 ** 26;

export interface DecodeOptions {
  /** Whether to apply the EXIF orientation, as viewers do. Default true. */
  readonly exifRotation?: boolean | undefined;
  /** 1 converts to gray, 3 to red, green and blue (`withChannels`). Default: as stored. */
  readonly channels?: 1 | 3 | undefined;
}

/**
 * Decodes a PNG, JPEG, WebP, PGM or PPM image, recognized by its first bytes, to 8 bits per
 * channel: 1 channel if stored as gray, else 3 (red, green, blue). Transparency is dropped, colour
 * profiles are not applied. The result depends only on the bytes and the options.
 *
 * @throws DataError for another format, a damaged file, or more than 2²⁶ pixels
 */
export function decodeImage(
  bytes: Uint8Array,
  file: string,
  { exifRotation = true, channels }: DecodeOptions = {},
): Image {
  const { image, orientation } = readStored(bytes, file);
  const shown = exifRotation ? turnedImage(image, orientation) : image;
  return channels === undefined ? shown : withChannels(shown, channels);
}

function readStored(bytes: Uint8Array, file: string): StoredImage {
  const read = readerOf(bytes);
  if (!read) {
    throw new DataError(
      `${file}, offset 0: expected a PNG, JPEG, WebP, PGM or PPM image; convert others, in Pillow by ` +
        "Image.open(f).convert('RGB').save(f'{f}.png')",
    );
  }
  try {
    return read(bytes, file, greatestPixelCount);
  } catch (cause) {
    // Errors of the decoders get the file's name.
    if (cause instanceof DataError) throw cause;
    throw new DataError(
      `${file}: expected an undamaged image: ${(cause as Error).message}; restore the file, or move it elsewhere`,
      { cause },
    );
  }
}

function readerOf(bytes: Uint8Array): typeof readPng | undefined {
  if (isPnm(bytes)) return (pnm, file) => ({ image: parsePnm(pnm, file), orientation: 1 });
  if (bytes[0] === 0x89 && bytes[1] === 0x50) return readPng;
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return readJpeg;
  return isWebp(bytes) ? readWebp : undefined;
}
