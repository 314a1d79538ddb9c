import { zipSync } from 'fflate';

/** A file in NumPy's NPY format, from its header's values and its data. */
export function npyFile(
  descr: string,
  shape: readonly number[],
  data: Uint8Array,
  { version = 1, order = 'False' } = {},
): Uint8Array {
  const dictionary = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape.join(', ')},), }\n`;
  const header = new TextEncoder().encode(dictionary);
  const start = version === 1 ? 10 : 12;
  const file = new Uint8Array(start + header.length + data.length);
  file.set([0x93, ...new TextEncoder().encode('NUMPY'), version, 0]);
  new DataView(file.buffer).setUint16(8, header.length, true);
  file.set(header, start);
  file.set(data, start + header.length);
  return file;
}

/** Bytes of a typed array. */
export const bytesOf = (array: ArrayBufferView): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** An archive of x [4, 2, 2] = 0 … 15, y = 0 1 0 1 and track = 7 7 7 8. */
export function npzFile(level: 0 | 6 = 6): Uint8Array {
  return zipSync(
    {
      'x.npy': npyFile(
        '|u1',
        [4, 2, 2],
        Uint8Array.from({ length: 16 }, (_, i) => i),
      ),
      'y.npy': npyFile('<i8', [4], bytesOf(BigInt64Array.of(0n, 1n, 0n, 1n))),
      'track.npy': npyFile('|u1', [4], Uint8Array.of(7, 7, 7, 8)),
    },
    { level },
  );
}

/** An IDX file of unsigned bytes. */
export function idxFile(shape: readonly number[], values: ArrayLike<number>): Uint8Array {
  const file = new Uint8Array(4 + 4 * shape.length + values.length);
  file.set([0, 0, 8, shape.length]);
  const view = new DataView(file.buffer);
  shape.forEach((side, i) => {
    view.setUint32(4 + 4 * i, side);
  });
  file.set(values, 4 + 4 * shape.length);
  return file;
}

/** CIFAR records; record r has red r, green 100 and blue 200. */
export function cifarFile(labels: readonly number[][]): Uint8Array {
  return Uint8Array.from(
    labels.flatMap((label, row) => [
      ...label,
      ...[row, 100, 200].flatMap((value) => Array.from({ length: 1024 }, () => value)),
    ]),
  );
}

/**
 * Converts an archive to zip64, the form of archives beyond 4 GiB: sizes, offsets and counts are in
 * an extra field of each entry and in a separate end record.
 */
export function inZip64(archive: Uint8Array): Uint8Array {
  const view = new DataView(archive.buffer, archive.byteOffset);
  const end = archive.length - 22;
  const directory = view.getUint32(end + 16, true);
  const count = view.getUint16(end + 10, true);
  const parts: Uint8Array[] = [];
  for (let at = directory; at < end;) {
    const length = 46 + view.getUint16(at + 28, true);
    const entry = new Uint8Array(length + 28);
    entry.set(archive.subarray(at, at + length));
    const changed = new DataView(entry.buffer);
    changed.setUint16(30, 28, true);
    changed.setUint16(length, 1, true);
    changed.setUint16(length + 2, 24, true);
    [24, 20, 42].forEach((field, i) => {
      changed.setBigUint64(length + 4 + 8 * i, BigInt(view.getUint32(at + field, true)), true);
      changed.setUint32(field, 0xffffffff, true);
    });
    parts.push(entry);
    at += length + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  const entriesLength = parts.reduce((sum, { length }) => sum + length, 0);
  const records = new DataView(new ArrayBuffer(56 + 20 + 22));
  records.setUint32(0, 0x06064b50, true);
  records.setBigUint64(32, BigInt(count), true);
  records.setBigUint64(48, BigInt(directory), true);
  records.setUint32(56, 0x07064b50, true);
  records.setBigUint64(64, BigInt(directory + entriesLength), true);
  records.setUint32(76, 0x06054b50, true);
  records.setUint16(86, 0xffff, true);
  records.setUint32(92, 0xffffffff, true);
  const whole = [archive.subarray(0, directory), ...parts, bytesOf(records)];
  return Uint8Array.from(whole.flatMap((part) => [...part]));
}
