import { DataError } from './dataError.ts';
import type { Image } from './image.ts';

/** Channels, and whether values are written as text, by the digit after P (as a character code). */
const kinds: Readonly<Record<number, { channels: number; isText: boolean }>> = {
  0x32: { channels: 1, isText: true },
  0x33: { channels: 3, isText: true },
  0x35: { channels: 1, isText: false },
  0x36: { channels: 3, isText: false },
};

/**
 * Reads a gray PGM or a colour PPM image, as text (P2, P3) or binary (P5, P6), with at most 65535
 * levels and comments in its header. A value becomes round(255 · value / levels).
 *
 * @throws DataError for another magic number, too large dimensions, or too few or too many values
 */
export function parsePnm(bytes: Uint8Array, file: string): Image {
  const reader = new PnmReader(bytes, file);
  const kind = bytes[0] === 0x50 ? kinds[bytes[1] ?? 0] : undefined;
  if (!kind) throw reader.error(0, 'expected the magic P2, P3, P5 or P6');
  const { channels, isText } = kind;
  const width = reader.number('width');
  const height = reader.number('height');
  const levels = reader.number('greatest value', 65_535);
  const size = channels * width * height;
  const pixels = isText ? reader.text(size, levels) : reader.binary(size, levels);
  return { width, height, channels, pixels };
}

/** Whether a file begins like a PGM or PPM image. */
export function isPnm(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && kinds[bytes[1] ?? 0] !== undefined;
}

class PnmReader {
  readonly #bytes: Uint8Array;
  readonly #file: string;
  #offset = 2;

  constructor(bytes: Uint8Array, file: string) {
    this.#bytes = bytes;
    this.#file = file;
  }

  error(offset: number, message: string): DataError {
    return new DataError(`${this.#file}, offset ${offset}: ${message}`);
  }

  /** Reads the next whole number, at least 1, after white space and comments. */
  number(what: string, greatest = 999_999_999): number {
    const start = this.#offset;
    this.#skipSpace();
    const first = this.#offset;
    const value = this.#digits();
    const isApart = first > start && isSpaceOrComment(this.#bytes[this.#offset]);
    if (!isApart || !(value >= 1 && value <= greatest)) {
      throw this.error(first, `expected the ${what}, a whole number from 1 to ${greatest}`);
    }
    return value;
  }

  /** Reads values written as text, up to the end of the file. */
  text(size: number, levels: number): Uint8Array {
    // Each value needs a digit and white space before it.
    this.#requireSize(size, Math.floor((this.#bytes.length - this.#offset) / 2), 'values at most');
    const pixels = new Uint8Array(size);
    for (let i = 0; i < size; i++) {
      this.#skipSpace();
      const first = this.#offset;
      const value = this.#digits();
      if (!(value <= levels)) {
        throw this.error(
          first,
          `expected value ${i} of ${size}, a whole number from 0 to ${levels}`,
        );
      }
      pixels[i] = scaled(value, levels);
    }
    this.#skipSpace();
    if (this.#offset < this.#bytes.length) {
      throw this.error(this.#offset, `expected the end of the file after ${size} values`);
    }
    return pixels;
  }

  /** Reads values of one byte, or of two bytes in big-endian order above 255 levels. */
  binary(size: number, levels: number): Uint8Array {
    // A single white space ends the header.
    const values = this.#bytes.subarray(++this.#offset);
    const isWide = levels > 255;
    this.#requireSize(isWide ? 2 * size : size, values.length, 'bytes', true);
    if (levels === 255) return values;
    return Uint8Array.from({ length: size }, (_, i) => {
      const value = isWide ? values[2 * i]! * 256 + values[2 * i + 1]! : values[i]!;
      return scaled(value, levels);
    });
  }

  #requireSize(expected: number, found: number, what: string, isExact = false): void {
    if (isExact ? found === expected : found >= expected) return;
    throw this.error(this.#offset, `expected ${expected} ${what}, got ${found}`);
  }

  /** Reads digits; NaN if there are none. */
  #digits(): number {
    const first = this.#offset;
    let value = 0;
    while (isDigit(this.#bytes[this.#offset]) && this.#offset - first < 9) {
      value = value * 10 + this.#bytes[this.#offset++]! - 48;
    }
    return this.#offset === first ? NaN : value;
  }

  #skipSpace(): void {
    for (;;) {
      if (isSpace(this.#bytes[this.#offset])) this.#offset++;
      else if (this.#bytes[this.#offset] === 0x23) {
        while (this.#offset < this.#bytes.length && this.#bytes[this.#offset] !== 0x0a) {
          this.#offset++;
        }
      } else return;
    }
  }
}

const scaled = (value: number, levels: number) => Math.min(255, Math.round((value * 255) / levels));
const isSpace = (byte: number | undefined) =>
  byte === 32 || (byte !== undefined && byte >= 9 && byte <= 13);
const isSpaceOrComment = (byte: number | undefined) => isSpace(byte) || byte === 0x23;
const isDigit = (byte: number | undefined) => byte !== undefined && byte >= 48 && byte <= 57;
