import { zipSync } from 'fflate';

/** A file in NumPy's format, from its header's values and its data. */
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

/** CIFAR records whose red, green and blue are `row`, 100 and 200. */
export function cifarFile(labels: readonly number[][]): Uint8Array {
  return Uint8Array.from(
    labels.flatMap((label, row) => [
      ...label,
      ...[row, 100, 200].flatMap((value) => Array.from({ length: 1024 }, () => value)),
    ]),
  );
}
