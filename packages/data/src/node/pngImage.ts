import { Inflate } from 'fflate';
import { decode } from 'fast-png';
import { DataError } from '../formats/dataError.ts';
import type { Image } from '../formats/ppm.ts';
import { requireUpright } from './exifOrientation.ts';

/** Packed bytes that are unpacked at a time, into at most 64 MiB (deflate: at most 1032 to one). */
const pieceLength = 2 ** 16;
const headerLength = 33;
/** Bytes of a pixel by colour type. */
const pixelLengths: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** The passes of Adam7: first column and row, distance of columns and rows. */
const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
const paletteType = 3;

/**
 * Decodes a PNG of eight bits: gray, of colours or of a palette. Transparency is left out.
 *
 * @throws DataError for other depths, images that are to be turned, and more than
 *   `greatestPixelCount` pixels; the decoder's own errors for damage
 */
export function readPng(bytes: Uint8Array, file: string, greatestPixelCount: number): Image {
  const colourType = checkHeader(bytes, file, greatestPixelCount);
  checkChunks(bytes, file);
  const { width, height, channels, data, palette } = decode(withoutColourKey(bytes, colourType), {
    checkCrc: true,
  });
  const count = width * height;
  const isInPalette = colourType === paletteType;
  const kept = isInPalette || channels >= 3 ? 3 : 1;
  const pixels = new Uint8Array(kept * count);
  // A palette of other types is a suggestion to screens of few colours (PNG, 11.2.2).
  if (isInPalette) {
    for (let i = 0; i < count; i++) {
      const colour = palette?.[data[i]!];
      if (!colour) throw new DataError(`${file}: pixel ${i} has no colour in the palette`);
      pixels.set(colour.slice(0, 3), 3 * i);
    }
    return { width, height, channels: kept, pixels };
  }
  for (let i = 0; i < count; i++) {
    for (let channel = 0; channel < kept; channel++) {
      pixels[i * kept + channel] = data[i * channels + channel]!;
    }
  }
  return { width, height, channels: kept, pixels };
}

/** Checks dimensions and depth, before the decoder allocates for them. Returns the colour type. */
function checkHeader(bytes: Uint8Array, file: string, greatestPixelCount: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < headerLength) {
    throw new DataError(`${file}: expected a PNG, got ${bytes.length} bytes`);
  }
  if (view.getUint32(12) !== 0x49484452) {
    throw new DataError(`${file}, offset 12: expected the chunk IHDR of a PNG`);
  }
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  if (width === 0 || height === 0 || width * height > greatestPixelCount) {
    throw new DataError(
      `${file}, offset 16: expected at most ${greatestPixelCount} pixels, got ${width} × ${height}`,
    );
  }
  const [depth, colourType] = [view.getUint8(24), view.getUint8(25)];
  if (depth !== 8) {
    // Pillow reduces colours of 16 bits itself, and cuts off gray ones.
    const remedy =
      depth === 16 && colourType === 0
        ? "Image.fromarray((numpy.asarray(Image.open(f)) / 257).round().astype('uint8')).save(f)"
        : "Image.open(f).convert('RGB').save(f)";
    throw new DataError(
      `${file}: expected 8 bits a channel, got ${depth}; convert it, in Pillow by ${remedy}`,
    );
  }
  return colourType;
}

/** Unpacked size, before the decoder allocates for it, and how the image is to be turned. */
function checkChunks(bytes: Uint8Array, file: string): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const expected = unpackedLength(view);
  let size = 0;
  const inflate = new Inflate((part) => {
    size += part.length;
    if (size > 2 * expected) {
      throw new DataError(`${file}: unpacks to more than twice ${expected} bytes`);
    }
  });
  let isFirst = true;
  for (let offset = 8; offset + 12 <= bytes.length;) {
    const length = view.getUint32(offset);
    const type = view.getUint32(offset + 4);
    const end = Math.min(offset + 8 + length, bytes.length);
    if (type === 0x65584966) requireUpright(bytes.subarray(offset + 8, end), file);
    if (type === 0x49444154) {
      // The two bytes of the zlib header stand before the first.
      const start = offset + 8 + (isFirst ? 2 : 0);
      for (let at = start; at < end; at += pieceLength) {
        inflate.push(bytes.subarray(at, Math.min(at + pieceLength, end)));
      }
      isFirst = false;
    }
    offset += 12 + length;
  }
  if (size < expected) {
    throw new DataError(
      `${file}: expected an undamaged image: ${expected} bytes of pixels, got ${size}`,
    );
  }
}

/**
 * The image without its chunk tRNS, where the decoder would take the three numbers of the
 * transparent colour for those of more pixels than there are: in colour images of one or two.
 */
function withoutColourKey(bytes: Uint8Array, colourType: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (colourType !== 2 || view.getUint32(16) * view.getUint32(20) > 2) return bytes;
  for (let offset = 8; offset + 12 <= bytes.length;) {
    const end = offset + 12 + view.getUint32(offset);
    if (view.getUint32(offset + 4) === 0x74524e53) {
      const rest = new Uint8Array(offset + Math.max(0, bytes.length - end));
      rest.set(bytes.subarray(0, offset));
      rest.set(bytes.subarray(end), offset);
      return rest;
    }
    offset = end;
  }
  return bytes;
}

/** Bytes of all lines with the filter of each, of all passes. */
function unpackedLength(view: DataView): number {
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const pixelLength = pixelLengths[view.getUint8(25)] ?? 0;
  const isInterlaced = view.getUint8(28) === 1;
  return (isInterlaced ? passes : [[0, 0, 1, 1] as const]).reduce(
    (sum, [left, top, across, down]) => {
      const columns = Math.ceil(Math.max(0, width - left) / across);
      const lines = Math.ceil(Math.max(0, height - top) / down);
      return columns === 0 ? sum : sum + lines * (1 + columns * pixelLength);
    },
    0,
  );
}
