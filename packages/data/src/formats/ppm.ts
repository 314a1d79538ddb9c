import { DataError } from './dataError.ts';

/** An image of eight bits: `height` × `width` × `channels` bytes. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly pixels: Uint8Array;
}

/**
 * Reads a PPM image in binary (P6, at most 255 levels), with comments in its header. Values of fewer
 * levels are stretched to 255.
 *
 * @throws DataError for another magic, absurd dimensions, and too few or too many bytes
 */
export function parsePpm(bytes: Uint8Array, file: string): Image {
  const refuse = (offset: number, message: string) =>
    new DataError(`${file}, offset ${offset}: ${message}`);
  if (bytes[0] !== 0x50 || bytes[1] !== 0x36) throw refuse(0, 'expected the magic P6');
  let offset = 2;
  const readNumber = (what: string) => {
    const start = offset;
    for (;;) {
      if (isSpace(bytes[offset])) offset++;
      else if (bytes[offset] === 0x23 && offset > start) {
        while (offset < bytes.length && bytes[offset] !== 0x0a) offset++;
      } else break;
    }
    let value = 0;
    const first = offset;
    while (isDigit(bytes[offset]) && offset - first < 9) value = value * 10 + bytes[offset++]! - 48;
    if (first === start || first === offset || !isSpaceOrComment(bytes[offset]) || value === 0) {
      throw refuse(first, `expected the ${what}, a whole number from 1 to 999999999`);
    }
    return value;
  };
  const width = readNumber('width');
  const height = readNumber('height');
  const levels = readNumber('greatest value');
  if (levels > 255) {
    throw refuse(
      offset,
      `expected a greatest value of at most 255, got ${levels}; convert it, in Pillow by ` +
        "Image.open(f).convert('RGB').save(f)",
    );
  }
  // One white space ends the header.
  offset++;
  const size = 3 * width * height;
  if (bytes.length - offset !== size) {
    throw refuse(
      offset,
      `expected ${size} bytes for ${width} × ${height} pixels, got ${bytes.length - offset}`,
    );
  }
  let pixels = bytes.subarray(offset);
  if (levels < 255) {
    pixels = pixels.map((value) => Math.min(255, Math.round((value * 255) / levels)));
  }
  return { width, height, channels: 3, pixels };
}

const isSpace = (byte: number | undefined) =>
  byte === 32 || (byte !== undefined && byte >= 9 && byte <= 13);
const isSpaceOrComment = (byte: number | undefined) => isSpace(byte) || byte === 0x23;
const isDigit = (byte: number | undefined) => byte !== undefined && byte >= 48 && byte <= 57;
