const table = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** The checksum of zip and gzip (CRC-32, ISO 3309), as an unsigned number. */
export function crc32(bytes: Uint8Array): number {
  let crc = -1;
  // An index and a table of signed numbers: several times as fast as an iterator and unsigned ones.
  const { length } = bytes;
  for (let i = 0; i < length; i++) crc = table[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
