import { DataError } from './dataError.ts';

/** Bytes of a file with reads that are checked against its end. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly #file: string;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, file: string) {
    this.bytes = bytes;
    this.#file = file;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** @throws DataError if the file has fewer than `length` bytes from `offset` on */
  slice(offset: number, length: number, what: string): Uint8Array {
    if (!(offset >= 0 && offset + length <= this.bytes.length)) {
      throw this.error(
        offset,
        `expected ${length} bytes of ${what}, but the file ends after ${this.bytes.length} bytes`,
      );
    }
    return this.bytes.subarray(offset, offset + length);
  }

  uint16(offset: number, what: string): number {
    this.slice(offset, 2, what);
    return this.#view.getUint16(offset, true);
  }

  uint32(offset: number, what: string, isLittleEndian = true): number {
    this.slice(offset, 4, what);
    return this.#view.getUint32(offset, isLittleEndian);
  }

  error(offset: number, message: string): DataError {
    return new DataError(`${this.#file}, offset ${offset}: ${message}`);
  }
}
