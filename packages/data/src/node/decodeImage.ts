import { Inflate } from 'fflate';
import { decode as decodePng } from 'fast-png';
import jpeg from 'jpeg-js';
import { DataError } from '../formats/dataError.ts';
import { parsePpm, type Image } from '../formats/ppm.ts';

/** More pixels than this are refused before anything is allocated. */
const greatestPixelCount = 2 ** 26;
/** Packed pixels of a PNG that cannot unpack to more than 64 MiB (deflate: at most 1032 to one). */
const harmlessLength = 2 ** 16;

/**
 * Decodes a PNG (eight bits, palettes included), baseline or progressive JPEG, or P6 image, told
 * apart by their magic. Transparency is left out.
 *
 * @throws DataError for another or a damaged file, other depths, and more than 2²⁶ pixels
 */
export function decodeImage(bytes: Uint8Array, file: string): Image {
  if (bytes[0] === 0x50) return parsePpm(bytes, file);
  if (bytes[0] === 0x89 && bytes[1] === 0x50) return guarded(() => readPng(bytes, file), file);
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return guarded(() => readJpeg(bytes), file);
  throw new DataError(`${file}, offset 0: expected a PNG, JPEG or P6 image`);
}

/** The decoders' own errors, of whatever class, with the file's name. */
function guarded(decode: () => Image, file: string): Image {
  try {
    return decode();
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw new DataError(
      `${file}: expected an undamaged image: ${String((cause as Error).message)}`,
      { cause },
    );
  }
}

function readJpeg(bytes: Uint8Array): Image {
  const { width, height, data } = jpeg.decode(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxResolutionInMP: greatestPixelCount / 1e6,
    maxMemoryUsageInMB: 1024,
  });
  return { width, height, channels: 3, pixels: data };
}

function readPng(bytes: Uint8Array, file: string): Image {
  checkPngSize(bytes, file);
  const { width, height, depth, channels, data, palette } = decodePng(bytes, { checkCrc: true });
  const count = width * height;
  if (palette) {
    if (depth !== 8) throw new DataError(`${file}: expected a palette of 8 bits, got ${depth}`);
    const pixels = new Uint8Array(3 * count);
    for (let i = 0; i < count; i++) {
      const colour = palette[data[i]!];
      if (!colour) throw new DataError(`${file}: pixel ${i} has no colour in the palette`);
      pixels.set(colour.slice(0, 3), 3 * i);
    }
    return { width, height, channels: 3, pixels };
  }
  if (depth !== 8) throw new DataError(`${file}: expected 8 bits a channel, got ${depth}`);
  const kept = channels < 3 ? 1 : 3;
  const pixels = new Uint8Array(kept * count);
  for (let i = 0; i < count; i++) {
    for (let channel = 0; channel < kept; channel++) {
      pixels[i * kept + channel] = data[i * channels + channel]!;
    }
  }
  return { width, height, channels: kept, pixels };
}

/** Dimensions and unpacked size, before the decoder allocates for them. */
function checkPngSize(bytes: Uint8Array, file: string): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 33) throw new DataError(`${file}: expected a PNG, got ${bytes.length} bytes`);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  if (width === 0 || height === 0 || width * height > greatestPixelCount) {
    throw new DataError(
      `${file}, offset 16: expected at most ${greatestPixelCount} pixels, got ${width} × ${height}`,
    );
  }
  if (bytes.length <= harmlessLength) return;
  // At most 16 bits in four channels, a byte before each line, seven passes.
  const limit = width * height * 8 + 8 * (height + 8);
  let size = 0;
  const inflate = new Inflate((part) => {
    size += part.length;
    if (size > limit) throw new DataError(`${file}: unpacks to more than ${limit} bytes`);
  });
  let isFirst = true;
  for (let offset = 8; offset + 12 <= bytes.length;) {
    const length = view.getUint32(offset);
    if (view.getUint32(offset + 4) === 0x49444154) {
      // The two bytes of the zlib header stand before the first.
      const start = offset + 8 + (isFirst ? 2 : 0);
      const end = Math.min(offset + 8 + length, bytes.length);
      for (let at = start; at < end; at += harmlessLength) {
        inflate.push(bytes.subarray(at, Math.min(at + harmlessLength, end)));
      }
      isFirst = false;
    }
    offset += 12 + length;
  }
}
