import { DataError } from './dataError.ts';

/**
 * Reads the bytes of a file, or of its part that begins at `start`, and checks against the end.
 * Offsets count from the beginning of the file.
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly #file: string;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, file: string, start = 0) {
    this.bytes = bytes;
    this.start = start;
    this.#file = file;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** @throws DataError if the file has fewer than `length` bytes from `offset` on */
  slice(offset: number, length: number, what: string): Uint8Array {
    const at = offset - this.start;
    if (!(at >= 0 && at + length <= this.bytes.length)) {
      const end = this.start + this.bytes.length;
      throw this.error(
        offset,
        at < 0
          ? `expected ${what} from offset ${this.start} on`
          : `expected ${length} bytes of ${what}, but the file ends after ${end} bytes`,
      );
    }
    return this.bytes.subarray(at, at + length);
  }

  uint16(offset: number, what: string): number {
    this.slice(offset, 2, what);
    return this.#view.getUint16(offset - this.start, true);
  }

  uint32(offset: number, what: string, isLittleEndian = true): number {
    this.slice(offset, 4, what);
    return this.#view.getUint32(offset - this.start, isLittleEndian);
  }

  /** @throws DataError also for a value of 2⁵³ or more */
  uint64(offset: number, what: string): number {
    this.slice(offset, 8, what);
    const value = Number(this.#view.getBigUint64(offset - this.start, true));
    if (!Number.isSafeInteger(value)) throw this.error(offset, `expected ${what} below 2^53`);
    return value;
  }

  error(offset: number, message: string): DataError {
    return new DataError(`${this.#file}, offset ${offset}: ${message}`);
  }
}
