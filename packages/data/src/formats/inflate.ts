import { inflateSync } from 'fflate';
import { ByteReader } from './byteReader.ts';
import { crc32 } from './crc32.ts';
import { DataError } from './dataError.ts';

/** Default limit of the uncompressed size of one file: 2 GiB. */
export const defaultUnpackedLimit = 2 ** 31;

/** Deflate yields at most 1032 bytes from one (RFC 1951: 258 bytes from two bits). */
const greatestRatio = 1032;

export interface DeflatedPart {
  readonly file: string;
  readonly bytes: Uint8Array;
  /** The uncompressed size that the archive declares; checked before memory is allocated. */
  readonly declaredSize: number;
  readonly crc: number;
  readonly isStored: boolean;
}

/**
 * Decompresses one entry of an archive; the result has exactly its declared size.
 *
 * @throws DataError if the declared size is over the limit or impossible for so few bytes, or the
 *   contents have another size or checksum
 */
export function inflate(part: DeflatedPart, limit = defaultUnpackedLimit): Uint8Array {
  const { file, bytes, declaredSize, crc, isStored } = part;
  if (declaredSize > limit) {
    throw new DataError(
      `${file}: ${declaredSize} bytes when unpacked, expected at most ${limit}; unpack the file, which is then read row by row, or raise unpackedLimit`,
    );
  }
  const greatest = isStored ? bytes.length : greatestRatio * bytes.length;
  if (declaredSize > greatest) {
    throw new DataError(
      `${file}: declares ${declaredSize} bytes, but its ${bytes.length} packed bytes hold at most ${greatest}`,
    );
  }
  const unpacked = isStored ? bytes : inflateInto(new Uint8Array(declaredSize), bytes, file);
  if (unpacked.length !== declaredSize) {
    throw new DataError(`${file}: expected ${declaredSize} bytes, got ${unpacked.length}`);
  }
  if (crc32(unpacked) !== crc) {
    throw new DataError(`${file}: the checksum differs: expected an undamaged file`);
  }
  return unpacked;
}

function inflateInto(out: Uint8Array, bytes: Uint8Array, file: string): Uint8Array {
  try {
    return inflateSync(bytes, { out });
  } catch (cause) {
    throw new DataError(`${file}: expected deflated bytes: ${(cause as Error).message}`, { cause });
  }
}

/** Decompresses a .gz file of one member (RFC 1952). */
export function gunzip(bytes: Uint8Array, file: string, limit?: number): Uint8Array {
  const reader = new ByteReader(bytes, file);
  const header = reader.slice(0, 10, 'the gzip header');
  if (header[0] !== 0x1f || header[1] !== 0x8b || header[2] !== 8) {
    throw reader.error(0, 'expected the gzip magic 1f 8b 08');
  }
  const flags = header[3]!;
  let offset = 10;
  if (flags & 4) offset += 2 + reader.uint16(offset, 'the length of the extra field');
  const textFields = (flags & 8 ? 1 : 0) + (flags & 16 ? 1 : 0);
  for (let field = 0; field < textFields; field++) {
    const end = bytes.indexOf(0, offset);
    if (end === -1) throw reader.error(offset, 'expected the end of a text of the gzip header');
    offset = end + 1;
  }
  if (flags & 2) offset += 2;
  const length = bytes.length - 8 - offset;
  if (length < 1) throw reader.error(offset, 'expected deflated bytes and 8 bytes of trailer');
  return inflate(
    {
      file,
      bytes: bytes.subarray(offset, offset + length),
      crc: reader.uint32(bytes.length - 8, 'checksum'),
      declaredSize: reader.uint32(bytes.length - 4, 'size'),
      isStored: false,
    },
    limit,
  );
}

/** Whether the bytes begin like a .gz file. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}
