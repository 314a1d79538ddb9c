import { ByteReader } from './byteReader.ts';
import { defaultUnpackedLimit, inflate } from './inflate.ts';

/** Unpacks an entry of a zip archive when it is asked for. */
export type ZipEntries = ReadonlyMap<string, () => Uint8Array>;

const endLength = 22;
const endMagic = 0x06054b50;
const centralMagic = 0x02014b50;
const localMagic = 0x04034b50;

/**
 * The entries of a zip archive (stored or deflated) by their names. Nothing is unpacked here, and the
 * declared sizes of all entries together are held to `limit`.
 *
 * @throws DataError for what is damaged, encrypted, in several parts or zip64, names twice an entry,
 * or names one outside the archive's folder
 */
export function readZip(bytes: Uint8Array, file: string, limit = defaultUnpackedLimit): ZipEntries {
  const reader = new ByteReader(bytes, file);
  const end = findEnd(reader, bytes);
  const count = reader.uint16(end + 10, 'the end record');
  let offset = reader.uint32(end + 16, 'the end record');
  const entries = new Map<string, () => Uint8Array>();
  let total = 0;
  for (let i = 0; i < count; i++) {
    const start = offset;
    if (reader.uint32(start, `entry ${i} of the directory`) !== centralMagic) {
      throw reader.error(start, `expected entry ${i} of ${count} of the zip directory`);
    }
    reader.slice(start, 46, `entry ${i} of the directory`);
    const flags = reader.uint16(start + 8, 'flags');
    const method = reader.uint16(start + 10, 'method');
    const packedSize = reader.uint32(start + 20, 'packed size');
    const declaredSize = reader.uint32(start + 24, 'size');
    const nameLength = reader.uint16(start + 28, 'name length');
    const name = new TextDecoder().decode(reader.slice(start + 46, nameLength, 'name'));
    const local = reader.uint32(start + 42, 'offset of the entry');
    const where = `${file}, entry ${JSON.stringify(name.slice(0, 80))}`;
    const refuse = (message: string) => reader.error(start, `${where}: ${message}`);
    if (!isInside(name)) throw refuse('expected a name inside of the archive, without ..');
    if (entries.has(name)) throw refuse('expected each name once');
    if (flags & 1) throw refuse('expected an entry that is not encrypted');
    if (method !== 0 && method !== 8) throw refuse(`expected method 0 or 8, got ${method}`);
    if ([packedSize, declaredSize, local].includes(0xffffffff)) {
      throw refuse('expected less than 4 GiB: zip64 is not read');
    }
    total += declaredSize;
    if (total > limit) {
      throw refuse(`the archive unpacks to more than ${limit} bytes, the unpackedLimit`);
    }
    const crc = reader.uint32(start + 16, 'checksum');
    entries.set(name, () => {
      if (reader.uint32(local, 'a local header') !== localMagic) {
        throw reader.error(local, `expected the local header of ${JSON.stringify(name)}`);
      }
      const dataOffset =
        local + 30 + reader.uint16(local + 26, 'length') + reader.uint16(local + 28, 'length');
      const packed = reader.slice(dataOffset, packedSize, where);
      const part = { file: where, bytes: packed, declaredSize, crc, isStored: method === 0 };
      return inflate(part, limit);
    });
    offset =
      start +
      46 +
      nameLength +
      reader.uint16(start + 30, 'length') +
      reader.uint16(start + 32, 'length');
  }
  return entries;
}

/** Offset of the end record, which a comment of up to 65,535 bytes may follow. */
function findEnd(reader: ByteReader, bytes: Uint8Array): number {
  const first = Math.max(0, bytes.length - endLength - 0xffff);
  for (let offset = bytes.length - endLength; offset >= first; offset--) {
    if (reader.uint32(offset, 'the end record') === endMagic) return offset;
  }
  throw reader.error(0, 'expected a zip archive with an end record; is the file whole?');
}

function isInside(name: string): boolean {
  if (name === '' || /^[/\\]|^[a-z]:|\0/i.test(name)) return false;
  return !name.split(/[/\\]/).includes('..');
}
