import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { DataError } from '../formats/dataError.ts';
import { statOf } from './readFileWithin.ts';

/** A part of a file, with the file's size and modification time to detect later changes. */
export interface FilePart {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
  readonly fileSize: number;
  readonly modified: number;
}

/** Greatest number of bytes read at a time. */
const pieceLength = 2 ** 22;

/**
 * A whole file.
 *
 * @throws DataError if it does not exist
 */
export async function wholeFile(path: string): Promise<FilePart> {
  const { size, mtimeMs } = await statOf(path);
  return { path, offset: 0, length: size, fileSize: size, modified: mtimeMs };
}

/** Fills `into` with the bytes at `position` of a part. */
export type ReadAt = (position: number, into: Uint8Array) => void;

/**
 * Opens the file while `body` runs. Reads are synchronous: a row takes 3 µs if the operating system
 * has it in memory, twenty times as long through the thread pool.
 *
 * @throws DataError if the file is missing, was changed since it was opened, or cannot be read
 */
export function withFilePart<T>(part: FilePart, body: (readAt: ReadAt) => T): T {
  const { path, offset, length, fileSize, modified } = part;
  const attempt = <R>(read: () => R): R => {
    try {
      return read();
    } catch (cause) {
      throw new DataError(`${path}: cannot be read: ${(cause as Error).message}`, { cause });
    }
  };
  const descriptor = attempt(() => openSync(path, 'r'));
  try {
    const { size, mtimeMs } = attempt(() => fstatSync(descriptor));
    if (size !== fileSize || mtimeMs !== modified) {
      throw new DataError(`${path}: was changed since it was opened; load it again`);
    }
    return body((position, into) => {
      if (position + into.length > length) {
        throw new DataError(`${path}: expected ${into.length} bytes from ${offset + position} on`);
      }
      for (let done = 0; done < into.length;) {
        const at = offset + position + done;
        const left = into.length - done;
        const read = attempt(() => readSync(descriptor, into, done, left, at));
        if (read === 0) throw new DataError(`${path}, offset ${at}: expected ${left} bytes more`);
        done += read;
      }
    });
  } finally {
    closeSync(descriptor);
  }
}

/** Reads a small part, or its first `length` bytes, into memory. */
export function readPart(part: FilePart, length = part.length): Uint8Array {
  const bytes = new Uint8Array(Math.min(length, part.length));
  withFilePart(part, (readAt) => {
    readAt(0, bytes);
  });
  return bytes;
}

/** Reads a part in pieces, each a new array. The file is open only during a read. */
export function* filePieces(part: FilePart): Generator<Uint8Array> {
  for (let position = 0; position < part.length; position += pieceLength) {
    const piece = new Uint8Array(Math.min(pieceLength, part.length - position));
    withFilePart(part, (readAt) => {
      readAt(position, piece);
    });
    yield piece;
  }
}

/** Splits bytes in memory into pieces, without copying. */
export function* inPieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let position = 0; position < bytes.length; position += pieceLength) {
    yield bytes.subarray(position, position + pieceLength);
  }
}

/**
 * Reads a part in pieces of whole records.
 *
 * @param visit gets each piece, which is valid only during the call, and the number of its first
 *   record
 */
export function eachPiece(
  part: FilePart,
  recordLength: number,
  visit: (piece: Uint8Array, firstRecord: number) => void,
): void {
  const length = recordLength * Math.max(1, Math.floor(pieceLength / recordLength));
  const buffer = new Uint8Array(Math.min(length, part.length));
  withFilePart(part, (readAt) => {
    for (let position = 0; position < part.length; position += length) {
      const piece = buffer.subarray(0, Math.min(length, part.length - position));
      readAt(position, piece);
      visit(piece, position / recordLength);
    }
  });
}
