import { zlibSync } from 'fflate';
import { crc32 } from '../formats/crc32.ts';

export interface PngOptions {
  readonly width: number;
  readonly height: number;
  readonly depth?: number;
  /** 0 gray, 2 colour, 3 palette, 4 gray with transparency, 6 colour with transparency. */
  readonly colourType: number;
  readonly isInterlaced?: boolean;
  /** Bytes of each line, without the filter byte; lines of all passes if interlaced. */
  readonly lines: readonly (readonly number[])[];
  /** Chunks between the header and the pixels. */
  readonly chunks?: readonly (readonly [type: string, bytes: readonly number[]])[];
}

/** A PNG file of any type, chunk by chunk (PNG, third edition, 5.3). */
export function pngFile({ width, height, depth = 8, colourType, ...rest }: PngOptions): Uint8Array {
  const { isInterlaced = false, lines, chunks = [] } = rest;
  const bigEndian = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff);
  const header = [...bigEndian(width), ...bigEndian(height), depth, colourType, 0, 0];
  const packed = zlibSync(Uint8Array.from(lines.flatMap((line) => [0, ...line])));
  const all = [
    ['IHDR', [...header, isInterlaced ? 1 : 0]],
    ...chunks,
    ['IDAT', [...packed]],
    ['IEND', []],
  ] as const;
  return Uint8Array.from([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...all.flatMap(([type, bytes]) => {
      const body = Uint8Array.from([...new TextEncoder().encode(type), ...bytes]);
      return [...bigEndian(bytes.length), ...body, ...bigEndian(crc32(body))];
    }),
  ]);
}

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

/** The lines of all passes of an interlaced image with one byte per pixel. */
export function interlacedLines(pixels: ArrayLike<number>, width: number, height: number) {
  const valueAt = (x: number, y: number) => pixels[y * width + x]!;
  return packedLines({ width, height, depth: 8, count: 1, isInterlaced: true, valueAt });
}

/** The lines of an image with `count` values per pixel of `depth` bits each, of all passes. */
export function packedLines({
  width,
  height,
  depth,
  count,
  isInterlaced,
  valueAt,
}: {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly count: number;
  readonly isInterlaced: boolean;
  readonly valueAt: (x: number, y: number, value: number) => number;
}): number[][] {
  const lines: number[][] = [];
  for (const [left, top, across, down] of isInterlaced ? passes : [[0, 0, 1, 1] as const]) {
    for (let y = top; y < height && left < width; y += down) {
      let bits = '';
      for (let x = left; x < width; x += across) {
        for (let value = 0; value < count; value++) {
          bits += valueAt(x, y, value).toString(2).padStart(depth, '0');
        }
      }
      lines.push((bits.match(/.{1,8}/g) ?? []).map((byte) => parseInt(byte.padEnd(8, '0'), 2)));
    }
  }
  return lines;
}

/** A PNG of 8 bits: gray or colour, with or without transparency. */
export function encodePng({
  width,
  height,
  channels,
  data,
  depth = 8,
}: {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
  readonly data: ArrayLike<number>;
  readonly depth?: 8 | 16;
}): Uint8Array {
  const length = (width * channels * depth) / 8;
  const lines = Array.from({ length: height }, (_, y) =>
    Array.from({ length }, (_, i) => data[y * length + i]!),
  );
  const colourType = { 1: 0, 2: 4, 3: 2, 4: 6 }[channels];
  return pngFile({ width, height, depth, colourType, lines });
}
