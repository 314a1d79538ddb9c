import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { gzipSync } from 'fflate';
import jpeg from 'jpeg-js';
import { cifarDataset } from '../formats/cifar.ts';
import { DataError } from '../formats/dataError.ts';
import { parseIdx } from '../formats/idx.ts';
import { parseNpy } from '../formats/npy.ts';
import { parseNpyColumn } from '../formats/npyText.ts';
import { npzDataset } from '../formats/npz.ts';
import { parsePnm } from '../formats/pnm.ts';
import { bytesOf, cifarFile, idxFile, npyFile, npzFile } from '../testing/files.ts';
import { pillowImages } from '../testing/pillowImages.ts';
import { encodePng } from '../testing/pngFile.ts';
import { csvTable } from '../tables/csvTable.ts';
import { decodeText } from './decodeText.ts';
import { decodeImage } from './decodeImage.ts';

const pixels = Uint8Array.from({ length: 48 }, (_, i) => 5 * i);
const idx = idxFile([2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]);
const csv = new TextEncoder().encode('a,b,class\n1,"x",0\n2,y,1\n');
const ppm = Uint8Array.from([...new TextEncoder().encode('P6\n# c\n4 4\n255\n'), ...pixels]);
const jpg = jpeg.encode({ width: 4, height: 4, data: Buffer.from(new Uint8Array(64)) }, 90).data;

/** Each parser with an undamaged file. */
const parsers: readonly (readonly [string, Uint8Array, (bytes: Uint8Array) => unknown])[] = [
  ['IDX', idx, (bytes) => parseIdx(bytes, 'f')],
  ['IDX.gz', gzipSync(idx), (bytes) => parseIdx(bytes, 'f')],
  ['CIFAR', cifarFile([[1], [2]]), (bytes) => cifarDataset(bytes, { file: 'f' })],
  [
    'NPY',
    npyFile('<f4', [2, 2], bytesOf(Float32Array.of(1, 2, 3, 4))),
    (bytes) => parseNpy(bytes, 'f'),
  ],
  [
    'NPY of texts',
    npyFile('<U2', [2], bytesOf(Uint32Array.of(97, 98, 99, 0))),
    (bytes) => parseNpyColumn(bytes, 'f'),
  ],
  ['NPZ deflated', npzFile(6), (bytes) => npzDataset(bytes, { file: 'f', privacyUnit: ['track'] })],
  ['NPZ stored', npzFile(0), (bytes) => npzDataset(bytes, { file: 'f', privacyUnit: ['track'] })],
  ['PPM', ppm, (bytes) => parsePnm(bytes, 'f')],
  ['PGM', new TextEncoder().encode('P2 2 2 999 1 2 999 4'), (bytes) => parsePnm(bytes, 'f')],
  ['WebP, lossy', pillowImages.lossy, (bytes) => decodeImage(bytes, 'f')],
  ['WebP, lossless', pillowImages.turned, (bytes) => decodeImage(bytes, 'f')],
  ['JPEG, progressive', pillowImages.progressive, (bytes) => decodeImage(bytes, 'f')],
  [
    'PNG',
    encodePng({ width: 4, height: 4, data: pixels, channels: 3 }),
    (bytes) => decodeImage(bytes, 'f'),
  ],
  ['JPEG', new Uint8Array(jpg), (bytes) => decodeImage(bytes, 'f')],
  ['CSV', csv, (bytes) => csvTable(decodeText(bytes, 'f'), 'f', { categories: { b: ['x', 'y'] } })],
];

describe.each(parsers)('%s', (_, whole, parse) => {
  /**
   * Parses a file, or fails with the loaders' own error that names the file; quickly in both cases.
   */
  function survive(bytes: Uint8Array): void {
    const start = performance.now();
    try {
      parse(bytes);
    } catch (error) {
      expect(error).toBeInstanceOf(DataError);
      expect((error as Error).message).toMatch(/^f\b/);
    }
    expect(performance.now() - start).toBeLessThan(2000);
  }

  it('is read if undamaged', () => {
    expect(() => parse(whole)).not.toThrow();
  });

  it('refuses or reads random bytes, alone and after a valid beginning', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat({ max: 60 }), (bytes, kept) => {
        survive(bytes);
        survive(Uint8Array.from([...whole.subarray(0, kept), ...bytes]));
      }),
      { numRuns: 150 },
    );
  });

  it('refuses or reads every truncation', () => {
    const step = Math.ceil(whole.length / 400);
    for (let length = 0; length < whole.length; length += step) survive(whole.subarray(0, length));
  });

  it('refuses or reads flipped bits', () => {
    const flips = fc.array(fc.nat({ max: 8 * Math.min(whole.length, 900) - 1 }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(flips, (bits) => {
        const bytes = new Uint8Array(whole);
        for (const bit of bits) bytes[bit >> 3]! ^= 1 << (bit & 7);
        survive(bytes);
      }),
      { numRuns: 300 },
    );
  });
});
