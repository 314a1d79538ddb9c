import { ByteReader } from './byteReader.ts';
import { DataError } from './dataError.ts';
import { defaultUnpackedLimit, inflate } from './inflate.ts';

/** The entries of a zip archive by name; each is decompressed when its function is called. */
export type ZipEntries = ReadonlyMap<string, () => Uint8Array>;

/** An entry in the archive's directory. */
export interface ZipEntry {
  /** File and name of the entry, for messages. */
  readonly where: string;
  readonly isStored: boolean;
  readonly packedSize: number;
  readonly declaredSize: number;
  readonly crc: number;
  /** Offset of the local header, which precedes the entry's bytes. */
  readonly localOffset: number;
}

/** Position of an archive's directory. */
export interface ZipDirectory {
  readonly offset: number;
  readonly count: number;
}

/** The last bytes of a file that contain its end records, whatever comment follows them. */
export const zipEndLength = 22 + 0xffff + 20 + 56;
export const localHeaderLength = 30;

const endMagic = 0x06054b50;
const locatorMagic = 0x07064b50;
const end64Magic = 0x06064b50;
const centralMagic = 0x02014b50;
const localMagic = 0x04034b50;
const inZip64 = 0xffffffff;

/**
 * The entries of a zip archive (stored or deflated). Nothing is decompressed here. The declared
 * sizes of all deflated entries together may not exceed `limit`.
 *
 * @throws DataError if the archive is damaged, encrypted or split, or a name occurs twice or points
 *   outside the archive's folder
 */
export function readZip(bytes: Uint8Array, file: string, limit = defaultUnpackedLimit): ZipEntries {
  const reader = new ByteReader(bytes, file);
  const entries = readZipDirectory(reader, findZipDirectory(reader), file, limit);
  return new Map(
    [...entries].map(([name, entry]) => [
      name,
      () => {
        const offset = entryOffset(reader, entry);
        const packed = reader.slice(offset, entry.packedSize, entry.where);
        return inflate({ ...entry, file: entry.where, bytes: packed }, limit);
      },
    ]),
  );
}

/** Finds the directory, given at least the last `zipEndLength` bytes of a file. */
export function findZipDirectory(reader: ByteReader): ZipDirectory {
  const end = findEnd(reader);
  const [count, offset] = [
    reader.uint16(end + 10, 'the end record'),
    reader.uint32(end + 16, 'the end record'),
  ];
  if (count !== 0xffff && offset !== inZip64) return { count, offset };
  if (reader.uint32(end - 20, 'the zip64 locator') !== locatorMagic) {
    throw reader.error(end - 20, 'expected the zip64 locator');
  }
  const end64 = reader.uint64(end - 12, 'the zip64 end record');
  if (reader.uint32(end64, 'the zip64 end record') !== end64Magic) {
    throw reader.error(end64, 'expected the zip64 end record');
  }
  return {
    count: reader.uint64(end64 + 32, 'the zip64 end record'),
    offset: reader.uint64(end64 + 48, 'the zip64 end record'),
  };
}

/** The entries of the directory; see `readZip`. */
export function readZipDirectory(
  reader: ByteReader,
  { offset: first, count }: ZipDirectory,
  file: string,
  limit: number,
): ReadonlyMap<string, ZipEntry> {
  const entries = new Map<string, ZipEntry>();
  let offset = first;
  let total = 0;
  for (let i = 0; i < count; i++) {
    const start = offset;
    if (reader.uint32(start, `entry ${i} of the directory`) !== centralMagic) {
      throw reader.error(start, `expected entry ${i} of ${count} of the zip directory`);
    }
    reader.slice(start, 46, `entry ${i} of the directory`);
    const flags = reader.uint16(start + 8, 'flags');
    const method = reader.uint16(start + 10, 'method');
    const nameLength = reader.uint16(start + 28, 'name length');
    const extraLength = reader.uint16(start + 30, 'length');
    const name = new TextDecoder().decode(reader.slice(start + 46, nameLength, 'name'));
    const where = `${file}, entry ${JSON.stringify(name.slice(0, 80))}`;
    const refuse = (message: string) => new DataError(`${where}: ${message}`);
    if (!isInside(name)) throw refuse('expected a name inside of the archive, without ..');
    if (entries.has(name)) throw refuse('expected each name once');
    if (flags & 1) throw refuse('expected an entry that is not encrypted');
    if (method !== 0 && method !== 8) throw refuse(`expected method 0 or 8, got ${method}`);
    const isStored = method === 0;
    const sizes = readSizes(reader, start, start + 46 + nameLength, extraLength, refuse);
    if (!isStored) total += sizes.declaredSize;
    if (total > limit) {
      throw refuse(
        `the archive unpacks to more than ${limit} bytes, the unpackedLimit; ` +
          'np.savez stores arrays as they are, and these are read row by row instead',
      );
    }
    entries.set(name, { where, isStored, ...sizes, crc: reader.uint32(start + 16, 'checksum') });
    offset = start + 46 + nameLength + extraLength + reader.uint16(start + 32, 'length');
  }
  return entries;
}

/**
 * Reads the sizes and offset of the entry at `start`; values of 4 GiB and more are in the zip64
 * field.
 */
function readSizes(
  reader: ByteReader,
  start: number,
  extra: number,
  extraLength: number,
  refuse: (message: string) => DataError,
) {
  const fields = [24, 20, 42].map((at) => reader.uint32(start + at, 'size'));
  if (fields.includes(inZip64)) {
    let at = extra;
    while (at < extra + extraLength && reader.uint16(at, 'an extra field') !== 1) {
      at += 4 + reader.uint16(at + 2, 'an extra field');
    }
    if (at >= extra + extraLength) throw refuse('expected a zip64 field with its size');
    at += 4;
    fields.forEach((value, i) => {
      if (value !== inZip64) return;
      fields[i] = reader.uint64(at, 'the zip64 field');
      at += 8;
    });
  }
  const [declaredSize, packedSize, localOffset] = fields as [number, number, number];
  return { declaredSize, packedSize, localOffset };
}

/** Offset of an entry's bytes, found by its local header. */
export function entryOffset(reader: ByteReader, { where, localOffset }: ZipEntry): number {
  if (reader.uint32(localOffset, 'a local header') !== localMagic) {
    throw reader.error(localOffset, `expected the local header of ${where}`);
  }
  const lengths = [26, 28].map((at) => reader.uint16(localOffset + at, 'length'));
  return localOffset + localHeaderLength + lengths[0]! + lengths[1]!;
}

/** Offset of the end record, which a comment of up to 65,535 bytes may follow. */
function findEnd(reader: ByteReader): number {
  const last = reader.start + reader.bytes.length - 22;
  const first = Math.max(reader.start, last - 0xffff);
  for (let offset = last; offset >= first; offset--) {
    if (reader.uint32(offset, 'the end record') === endMagic) return offset;
  }
  throw reader.error(
    reader.start,
    'expected a zip archive with an end record; is the file complete?',
  );
}

function isInside(name: string): boolean {
  if (name === '' || /^[/\\]|^[a-z]:|\0/i.test(name)) return false;
  return !name.split(/[/\\]/).includes('..');
}
