import { Inflate } from 'fflate';
import { PNG } from 'pngjs';
import { DataError } from '../formats/dataError.ts';
import { exifOrientation } from './exifOrientation.ts';
import type { StoredImage } from './storedImage.ts';

/**
 * Compressed bytes processed at a time; they become at most 64 MiB (deflate: at most 1032 to one).
 */
const pieceLength = 2 ** 16;
const headerLength = 33;
const paletteType = 3;
/** Values per pixel and allowed depths by colour type (PNG, third edition, 11.2.1). */
const colourTypes: Readonly<Record<number, { values: number; depths: readonly number[] }>> = {
  0: { values: 1, depths: [1, 2, 4, 8, 16] },
  2: { values: 3, depths: [8, 16] },
  [paletteType]: { values: 1, depths: [1, 2, 4, 8] },
  4: { values: 2, depths: [8, 16] },
  6: { values: 4, depths: [8, 16] },
};
/** The passes of Adam7: first column and row, distance between columns and rows. */
const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/**
 * Decodes a PNG of any type and depth: gray to 1 channel, colour and palette to 3. At other depths
 * than 8, a value becomes round(255 · value / greatest). Transparency is dropped.
 *
 * @throws DataError if it is not a PNG or has more than `greatestPixelCount` pixels; errors of the
 *   decoder for damaged files
 */
export function readPng(bytes: Uint8Array, file: string, greatestPixelCount: number): StoredImage {
  const header = readHeader(bytes, file, greatestPixelCount);
  const { width, height, colourType } = header;
  const { pixelChunks, orientation } = readChunks(bytes, file, unpackedLength(header));
  const { data } = PNG.sync.read(pixelChunks);
  const count = width * height;
  const channels = colourType === 0 || colourType === 4 ? 1 : 3;
  const pixels = new Uint8Array(channels * count);
  // The decoder returns four values per pixel, for gray images too.
  for (let i = 0; i < count; i++) {
    for (let channel = 0; channel < channels; channel++) {
      pixels[i * channels + channel] = data[4 * i + channel]!;
    }
  }
  return { image: { width, height, channels, pixels }, orientation };
}

interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly colourType: number;
  readonly bitsOfPixel: number;
  readonly isInterlaced: boolean;
}

/** Reads dimensions and type before the decoder allocates memory. */
function readHeader(bytes: Uint8Array, file: string, greatestPixelCount: number): PngHeader {
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
  const [depth, colourType, interlacing] = [24, 25, 28].map((at) => view.getUint8(at)) as [
    number,
    number,
    number,
  ];
  const type = colourTypes[colourType];
  if (!type?.depths.includes(depth) || interlacing > 1) {
    throw new DataError(
      `${file}, offset 24: expected a depth and colour type of PNG, got ${depth}, ${colourType}` +
        ` and the interlacing ${interlacing}; restore the file, or move it elsewhere`,
    );
  }
  const isInterlaced = interlacing === 1;
  return { width, height, colourType, bitsOfPixel: depth * type.values, isInterlaced };
}

/**
 * The file reduced to the chunks that define its pixels, and the image's orientation. With the
 * other chunks the decoder would turn the transparent colour black. Decompresses the pixels to
 * count them before the decoder allocates memory.
 */
function readChunks(bytes: Uint8Array, file: string, expected: number) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let size = 0;
  const inflate = new Inflate((part) => {
    size += part.length;
    if (size > 2 * expected) {
      throw new DataError(`${file}: unpacks to more than twice ${expected} bytes`);
    }
  });
  const kept: Uint8Array[] = [bytes.subarray(0, 8)];
  let orientation = 1;
  let isFirst = true;
  let type = 0;
  for (let offset = 8; offset + 12 <= bytes.length && type !== chunks.end;) {
    type = view.getUint32(offset + 4);
    const after = offset + 12 + view.getUint32(offset);
    if (after > bytes.length) break;
    if (pixelTypes.includes(type)) kept.push(bytes.subarray(offset, after));
    if (type === chunks.exif) orientation = exifOrientation(bytes.subarray(offset + 8, after - 4));
    if (type === chunks.pixels) {
      // The first pixel chunk begins with the two bytes of the zlib header.
      for (let at = offset + 8 + (isFirst ? 2 : 0); at < after - 4; at += pieceLength) {
        inflate.push(bytes.subarray(at, Math.min(at + pieceLength, after - 4)));
      }
      isFirst = false;
    }
    offset = after;
  }
  if (size < expected || type !== chunks.end) {
    const found = size < expected ? `${size}` : 'no end of the file';
    throw new Error(`${expected} bytes of pixels, got ${found}`);
  }
  return { pixelChunks: Buffer.concat(kept), orientation };
}

const chunks = { exif: 0x65584966, pixels: 0x49444154, end: 0x49454e44 } as const;
/** IHDR, PLTE, IDAT and IEND. */
const pixelTypes: readonly number[] = [0x49484452, 0x504c5445, chunks.pixels, chunks.end];

/** Bytes of all lines of all passes, each with its filter byte. */
function unpackedLength({ width, height, bitsOfPixel, isInterlaced }: PngHeader): number {
  return (isInterlaced ? passes : [[0, 0, 1, 1] as const]).reduce(
    (sum, [left, top, across, down]) => {
      const columns = Math.ceil(Math.max(0, width - left) / across);
      const lines = Math.ceil(Math.max(0, height - top) / down);
      return columns === 0 ? sum : sum + lines * (1 + Math.ceil((columns * bitsOfPixel) / 8));
    },
    0,
  );
}
