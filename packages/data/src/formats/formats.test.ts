import { describe, expect, it } from '@jest/globals';
import { gzipSync, zipSync } from 'fflate';
import { bytesOf, cifarFile, idxFile, npyFile, npzFile } from '../testing/files.ts';
import { cifarDataset } from './cifar.ts';
import { parseIdx } from './idx.ts';
import { gunzip } from './inflate.ts';
import { parseNpy } from './npy.ts';
import { npzDataset } from './npz.ts';
import { parsePnm } from './pnm.ts';
import { readZip } from './zip.ts';

const text = (value: string) => new TextEncoder().encode(value);

describe('IDX', () => {
  const file = idxFile([2, 1, 2], [1, 2, 3, 4]);
  it('is read, compressed or not', () => {
    for (const bytes of [file, gzipSync(file), gzipSync(file, { filename: 'images' })]) {
      expect(parseIdx(bytes, 'a')).toEqual({ shape: [2, 1, 2], values: Uint8Array.of(1, 2, 3, 4) });
    }
  });

  it.each([
    [Uint8Array.of(1, 0, 8, 1), 'a, offset 0: expected the IDX magic 00 00 08'],
    [Uint8Array.of(0, 0, 13, 1), 'a, offset 2: expected type 8 (unsigned bytes), got 13'],
    [Uint8Array.of(0, 0, 8, 200), 'a, offset 3: expected 1 to 4 dimensions, got 200'],
    [file.subarray(0, 19), 'offset 16: expected 4 bytes for the dimensions [2, 1, 2], got 3'],
    [file.subarray(0, 9), 'offset 8: expected 4 bytes of dimensions, but the file ends after 9'],
    [idxFile([2 ** 32 - 1, 2 ** 32 - 1], []), '18446744065119617000 bytes for the dimensions'],
  ])('refuses %p', (bytes, message) => {
    expect(() => parseIdx(bytes, 'a')).toThrow(message);
  });
});

describe('gzip', () => {
  it('checks size and checksum before and after decompression', () => {
    const packed = gzipSync(new Uint8Array(100_000));
    expect(() => gunzip(packed, 'a', 1000)).toThrow(
      '100000 bytes when unpacked, expected at most 1000',
    );
    const declared = packed.slice();
    new DataView(declared.buffer).setUint32(declared.length - 4, 2 ** 30, true);
    expect(() => gunzip(declared, 'a')).toThrow(
      /declares 1073741824 bytes, but its \d+ packed bytes/,
    );
    new DataView(declared.buffer).setUint32(declared.length - 4, 99_999, true);
    expect(() => gunzip(declared, 'a')).toThrow('checksum');
    expect(() => gunzip(packed.subarray(0, 15), 'a')).toThrow('expected deflated bytes');
  });
});

describe('CIFAR', () => {
  it('converts colour planes to pixels', async () => {
    const dataset = cifarDataset(cifarFile([[3], [9]]), { file: 'a' });
    expect([dataset.count, dataset.classNames[9]]).toEqual([2, 'truck']);
    const { inputs, targets } = await dataset.read([1]);
    expect([...inputs.subarray(0, 4)]).toEqual([1, 100, 200, 1].map((v) => Math.fround(v / 255)));
    expect([...targets]).toEqual([9]);
  });

  it('uses the fine label of CIFAR-100', async () => {
    const dataset = cifarDataset(cifarFile([[3, 99]]), { file: 'a', classCount: 100 });
    expect([...(await dataset.read([0])).targets]).toEqual([99]);
  });

  it('refuses incomplete records and invalid labels', () => {
    expect(() => cifarDataset(cifarFile([[1]]).subarray(1), { file: 'a' })).toThrow(
      'a, offset 0: expected records of 3073 bytes (CIFAR-10), got 3072 bytes',
    );
    expect(() => cifarDataset(cifarFile([[1], [10]]), { file: 'a' })).toThrow(
      'a, row 1: expected a class index below 10;',
    );
  });
});

describe('NPY', () => {
  it.each([
    ['|u1', Uint8Array.of(1, 255)],
    ['|i1', Int8Array.of(-1, 2)],
    ['<u2', Uint16Array.of(1, 65535)],
    ['<i4', Int32Array.of(-5, 2 ** 30)],
    ['<f4', Float32Array.of(0.5, -3)],
    ['<f8', Float64Array.of(0.1, 1e300)],
  ])('reads %s of every version', (descr, values) => {
    for (const version of [1, 2, 3]) {
      const file = npyFile(descr, [2], bytesOf(values), { version });
      expect(parseNpy(file, 'a')).toEqual({ shape: [2], values });
    }
  });

  it.each([
    ['|b1', [1, 0], [1, 0]],
    ['<i2', [0xff, 0xff, 1, 2], [-1, 513]],
    ['>i2', [0xff, 0xff, 1, 2], [-1, 258]],
    ['>u2', [0xff, 0xff, 1, 2], [65535, 258]],
    ['<u4', [0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0], [2 ** 32 - 1, 1]],
    ['>i4', [0xff, 0xff, 0xff, 0xfe, 0, 0, 0, 3], [-2, 3]],
    ['>u8', [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9], [2 ** 32, 9]],
    ['>f4', [0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0], [1, -2.5]],
    ['>f8', [0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 0xc0, 4, 0, 0, 0, 0, 0, 0], [1, -2.5]],
    // 1, -2.5; the greatest, 65504, and the least, 2^-24.
    ['<f2', [0, 0x3c, 0, 0xc1], [1, -2.5]],
    ['>f2', [0x7b, 0xff, 0, 1], [65504, 2 ** -24]],
    ['>f2', [0x83, 0xff, 4, 0], [-1023 * 2 ** -24, 2 ** -14]],
  ])('reads %s', (descr, bytes, values) => {
    const read = parseNpy(npyFile(descr, [2], Uint8Array.from(bytes)), 'a');
    expect([...read.values]).toEqual(values);
    // Only unsigned bytes are pixels.
    expect(read.values).not.toBeInstanceOf(Uint8Array);
  });

  it('reads column-major order', () => {
    // numpy.asfortranarray(numpy.arange(24).reshape(2, 3, 4)), as stored in the file.
    const columns = [0, 12, 4, 16, 8, 20, 1, 13, 5, 17, 9, 21, 2, 14, 6, 18, 10, 22, 3, 15, 7, 19, 11, 23]; // prettier-ignore
    const file = npyFile('|u1', [2, 3, 4], Uint8Array.from(columns), { order: 'True' });
    const { shape, values } = parseNpy(file, 'a');
    expect([shape, [...values]]).toEqual([[2, 3, 4], Array.from({ length: 24 }, (_, i) => i)]);
    const flat = npyFile('|u1', [3], Uint8Array.of(1, 2, 3), { order: 'True' });
    expect([...parseNpy(flat, 'a').values]).toEqual([1, 2, 3]);
  });

  it('reads 64-bit integers up to 2^53', () => {
    const file = (value: bigint) => npyFile('<i8', [1, 1], bytesOf(BigInt64Array.of(value)));
    expect(parseNpy(file(-7n), 'a').values).toEqual(Float64Array.of(-7));
    expect(() => parseNpy(file(2n ** 53n), 'a')).toThrow('a, row 0: expected below 2^53');
  });

  it.each([
    [text('\x93NUMPZ1234'), 'offset 0: expected the magic'],
    [npyFile('|u1', [2], Uint8Array.of(1, 2), { version: 4 }), 'expected version 1, 2 or 3, got 4'],
    [npyFile('<f16', [1], new Uint8Array(16)), 'dtype "<f16": expected bool, int, uint of 8 to'],
    [npyFile('<c8', [1], new Uint8Array(8)), 'dtype "<c8": expected bool, int, uint of 8 to 64'],
    [
      npyFile('<f2', [2], Uint8Array.of(0, 0, 0, 0x7e)),
      'a, row 1: expected finite numbers, got NaN',
    ],
    [
      npyFile('>f2', [1], Uint8Array.of(0xfc, 0)),
      'a, row 0: expected finite numbers, got -Infinity',
    ],
    [npyFile('<u8', [1], new Uint8Array(8).fill(255)), 'a, row 0: expected below 2^53'],
    [npyFile('|O', [1], new Uint8Array(8)), 'dtype "|O"'],
    [npyFile('|u1', [3], Uint8Array.of(1, 2)), 'expected 3 bytes for the shape [3] of |u1, got 2'],
    [npyFile('|u1', [1e9, 1e9, 1e9], new Uint8Array(1)), 'expected 1e+27 bytes for the shape'],
    [
      npyFile('<f4', [2, 2], bytesOf(Float32Array.of(0, 1, 2, NaN))),
      'a, row 1: expected finite numbers, got NaN',
    ],
  ])('refuses %p', (bytes, message) => {
    expect(() => parseNpy(bytes, 'a')).toThrow(message);
  });
});

describe('NPZ', () => {
  it.each([0, 6] as const)('is a data set, at level %p', async (level) => {
    const dataset = npzDataset(npzFile(level), { file: 'a', privacyUnit: ['y', 'track'] });
    expect([dataset.count, dataset.inputShape, dataset.classNames]).toEqual([
      4,
      [2, 2, 1],
      ['0', '1'],
    ]);
    const units = dataset.privacyUnits;
    expect([0, 1, 2].map((unit) => units.rowsOf(unit))).toEqual([[0, 2], [1], [3]]);
    const { inputs, targets } = await dataset.read([3]);
    expect([...inputs]).toEqual([12, 13, 14, 15].map((value) => Math.fround(value / 255)));
    expect([...targets]).toEqual([1]);
  });

  it.each([
    [{ inputs: 'z' }, 'a: expected an array z, got x, y, track'],
    [{ privacyUnit: ['x'] }, 'a, x: expected [4], got [4, 2, 2]'],
    [{ inputs: 'y' }, 'a, y: expected inputs [count, …], got [4]; save x[:, None]'],
    [{ classNames: ['only'] }, 'a, y, row 1: expected a class index below 1;'],
    [{ unpackedLimit: 100 }, 'the archive unpacks to more than 100 bytes'],
  ])('refuses %p', (options, message) => {
    expect(() => npzDataset(npzFile(), { file: 'a', ...options })).toThrow(message);
  });

  it.each(['../x.npy', '/etc/x.npy', 'a\\..\\x.npy', 'C:x.npy'])('refuses the entry %p', (name) => {
    expect(() => readZip(zipSync({ [name]: new Uint8Array(1) }), 'a')).toThrow(
      'inside of the archive',
    );
  });

  it('refuses a zip bomb before it decompresses', () => {
    const bomb = zipSync({ 'x.npy': new Uint8Array(10_000_000) });
    expect(() => readZip(bomb, 'a', 1_000_000)).toThrow('unpacks to more than 1000000 bytes');
    const view = new DataView(bomb.buffer);
    const directory = view.getUint32(bomb.length - 6, true);
    view.setUint32(directory + 24, 2 ** 31 - 1, true);
    expect(() => readZip(bomb, 'a').get('x.npy')!()).toThrow('declares 2147483647 bytes, but');
    expect(() => readZip(bomb.subarray(0, 500), 'a')).toThrow('is the file complete?');
  });
});

describe('PGM and PPM', () => {
  const pixels = [1, 2, 3, 4, 5, 6];
  const ppm = (header: string, data = pixels) => Uint8Array.from([...text(header), ...data]);

  it('is read with comments', () => {
    const image = parsePnm(ppm('P6\n# by hand\n2 # wide\n 1\n255\n'), 'a');
    expect(image).toEqual({ width: 2, height: 1, channels: 3, pixels: Uint8Array.from(pixels) });
  });

  it('scales fewer levels to 8 bits', () => {
    expect([...parsePnm(ppm('P6 1 1 3\n', [0, 1, 3]), 'a').pixels]).toEqual([0, 85, 255]);
  });

  it.each([
    ['P5 2 1 255\n', [7, 8], 1, [7, 8]],
    ['P5 2 1 65535\n', [1, 0, 255, 255], 1, [1, 255]],
    ['P6 1 1 1000\n', [0, 0, 1, 244, 3, 232], 3, [0, 128, 255]],
    ['P2\n# c\n2 1 255\n7 # one\n 8\n', [], 1, [7, 8]],
    ['P2 2 1 65535 256 65535', [], 1, [1, 255]],
    ['P3 1 1 3\n0 1\t3', [], 3, [0, 85, 255]],
  ])(
    'reads gray images, as text and with two bytes per value: %j',
    (header, data, channels, expected) => {
      const image = parsePnm(ppm(header, data), 'a');
      expect([image.channels, [...image.pixels]]).toEqual([channels, expected]);
    },
  );

  it.each([
    ['P4 2 1 255\n', 'a, offset 0: expected the magic P2, P3, P5 or P6'],
    ['P5 2 1 255\n', 'a, offset 11: expected 2 bytes, got 6'],
    ['P6 2 0 255\n', 'a, offset 5: expected the height'],
    ['P6 2 1 65536\n', 'expected the greatest value, a whole number from 1 to 65535'],
    ['P6 2 1 65535\n', 'a, offset 13: expected 12 bytes, got 6'],
    ['P6 3 1 255\n', 'a, offset 11: expected 9 bytes, got 6'],
    ['P2 9999 9999 255\n', 'expected 99980001 values at most, got 3'],
    ['P2 2 1 255\n1 256 ', 'a, offset 13: expected value 1 of 2, a whole number from 0 to 255'],
    ['P2 2 1 255\n1 2 3 ', 'a, offset 15: expected the end of the file after 2 values'],
    ['P3 1 1 255\n1 x 3 ', 'a, offset 13: expected value 1 of 3'],
    ['P6 99999999999 1 255\n', 'offset 3: expected the width'],
    ['P6 # no end', 'a, offset 17: expected the width'],
  ])('refuses %p', (header, message) => {
    expect(() => parsePnm(ppm(header), 'a')).toThrow(message);
  });
});
