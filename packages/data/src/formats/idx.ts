import { elementCount } from '../assembleBatch.ts';
import { ByteReader } from './byteReader.ts';
import { gunzip, isGzip } from './inflate.ts';
import type { NumberTable } from './npy.ts';

/** Shape of an array, and where its bytes begin in the file. */
export interface IdxHeader {
  readonly shape: readonly number[];
  readonly offset: number;
}

/**
 * Reads an array of unsigned bytes in the IDX format of MNIST (two zeros, type 8, number of
 * dimensions, big-endian dimensions, values), also compressed as .gz.
 *
 * @throws DataError for another magic number or type, or a length that does not match the
 *   dimensions
 */
export function parseIdx(packed: Uint8Array, file: string, limit?: number): NumberTable {
  const bytes = isGzip(packed) ? gunzip(packed, file, limit) : packed;
  const { shape, offset } = parseIdxHeader(bytes, file);
  return { shape, values: bytes.subarray(offset) };
}

/** Reads the header of a file of `fileLength` bytes that begins with `bytes`. */
export function parseIdxHeader(
  bytes: Uint8Array,
  file: string,
  fileLength = bytes.length,
): IdxHeader {
  const reader = new ByteReader(bytes, file);
  const magic = reader.slice(0, 4, 'the IDX magic');
  if (magic[0] !== 0 || magic[1] !== 0) {
    throw reader.error(0, 'expected the IDX magic 00 00 08');
  }
  if (magic[2] !== 8) {
    throw reader.error(2, `expected type 8 (unsigned bytes), got ${magic[2]}`);
  }
  const dimensions = magic[3]!;
  if (dimensions < 1 || dimensions > 4) {
    throw reader.error(3, `expected 1 to 4 dimensions, got ${dimensions}`);
  }
  const shape = Array.from({ length: dimensions }, (_, i) =>
    reader.uint32(4 + 4 * i, 'dimensions', false),
  );
  const offset = 4 + 4 * dimensions;
  const size = elementCount(shape);
  if (size !== fileLength - offset) {
    throw reader.error(
      offset,
      `expected ${size} bytes for the dimensions [${shape.join(', ')}], got ${fileLength - offset}`,
    );
  }
  return { shape, offset };
}
