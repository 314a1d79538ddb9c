import { zlibSync } from 'fflate';
import { crc32 } from '../formats/crc32.ts';

export interface PngOptions {
  readonly width: number;
  readonly height: number;
  readonly depth?: number;
  /** 0 gray, 2 colours, 3 palette, 4 gray and 6 colours with transparency. */
  readonly colourType: number;
  readonly isInterlaced?: boolean;
  /** Bytes of each line, without filter; those of all passes where the image is interlaced. */
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

/** The lines of the passes of an interlaced image of one byte a pixel. */
export function interlacedLines(pixels: ArrayLike<number>, width: number, height: number) {
  const lines: number[][] = [];
  for (const [left, top, across, down] of passes) {
    for (let y = top; y < height && left < width; y += down) {
      const line: number[] = [];
      for (let x = left; x < width; x += across) line.push(pixels[y * width + x]!);
      lines.push(line);
    }
  }
  return lines;
}
