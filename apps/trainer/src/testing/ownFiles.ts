import { crc32 } from 'node:zlib';

/** A file in NumPy's format of unsigned bytes or of float32 numbers. */
export function npyFile(shape: readonly number[], values: Uint8Array | Float32Array): Uint8Array {
  const type = values instanceof Float32Array ? '<f4' : '|u1';
  const header = Buffer.from(
    `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }\n`,
  );
  const start = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, header.length, 0]);
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return Buffer.concat([start, header, bytes]);
}

/** An archive of arrays that are stored as they are, as `np.savez` writes it. */
export function npzFile(arrays: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [array, bytes] of Object.entries(arrays)) {
    const name = Buffer.from(`${array}.npy`);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(name.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    const file = Buffer.concat([Buffer.from('PK\x03\x04'), common, name, bytes]);
    directory.push(Buffer.from('PK\x01\x02\x14\x00'), common, place, name);
    files.push(file);
    offset += file.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, entries, end]);
}

/** A colour image in binary PPM, all of its pixels alike. */
export function ppmFile(width: number, height: number, colour: readonly number[]): Uint8Array {
  const pixels = Buffer.alloc(3 * width * height, Buffer.from(colour));
  return Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), pixels]);
}
