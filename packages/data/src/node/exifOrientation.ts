const orientationTag = 0x112;
/** Precedes the TIFF header in a JPEG and in some WebP files. */
const prefix = [0x45, 0x78, 0x69, 0x66, 0, 0];

/**
 * The orientation in an image's metadata (Exif 2.32, 4.6.4: a TIFF header and its first directory):
 * 1 (upright) to 8. Missing or unreadable metadata means 1, as in other readers.
 */
export function exifOrientation(exif: Uint8Array): number {
  const tiff = prefix.every((byte, i) => exif[i] === byte) ? exif.subarray(prefix.length) : exif;
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  if (tiff.length < 8) return 1;
  const isLittle = view.getUint16(0) === 0x4949;
  if (!isLittle && view.getUint16(0) !== 0x4d4d) return 1;
  const directory = view.getUint32(4, isLittle);
  if (directory + 2 > tiff.length) return 1;
  const count = view.getUint16(directory, isLittle);
  for (let i = 0; i < count; i++) {
    const entry = directory + 2 + 12 * i;
    if (entry + 12 > tiff.length) return 1;
    if (view.getUint16(entry, isLittle) !== orientationTag) continue;
    const orientation = view.getUint16(entry + 8, isLittle);
    return orientation >= 1 && orientation <= 8 ? orientation : 1;
  }
  return 1;
}
