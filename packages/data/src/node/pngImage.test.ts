import { describe, expect, it } from '@jest/globals';
import { interlacedLines, packedLines, pngFile } from '../testing/pngFile.ts';
import { decodeImage } from './decodeImage.ts';

describe('a PNG', () => {
  const colours = [0, 50, 255, 1, 2, 3];
  const palette = [9, 9, 9, 8, 8, 8];

  it('of colours keeps them if it has a suggested palette', () => {
    const png = pngFile({
      width: 2,
      height: 1,
      colourType: 2,
      lines: [colours],
      chunks: [['PLTE', palette]],
    });
    expect(decodeImage(png, 'f')).toMatchObject({ channels: 3, pixels: Uint8Array.from(colours) });
    const transparent = pngFile({
      width: 1,
      height: 1,
      colourType: 6,
      lines: [[1, 2, 3, 0]],
      chunks: [['PLTE', palette]],
    });
    expect(decodeImage(transparent, 'f').pixels).toEqual(Uint8Array.of(1, 2, 3));
  });

  it.each([1, 2, 3])('of %d pixels may define a transparent colour', (width) => {
    const pixels = [...colours, 7, 8, 9].slice(0, 3 * width);
    const png = pngFile({
      width,
      height: 1,
      colourType: 2,
      lines: [pixels],
      chunks: [['tRNS', [0, 0, 0, 50, 0, 255]]],
    });
    expect(decodeImage(png, 'f')).toMatchObject({ channels: 3, pixels: Uint8Array.from(pixels) });
    expect(() => decodeImage(png.subarray(0, 50), 'f')).toThrow('expected an undamaged image');
  });

  it('with a palette has its colours', () => {
    const png = pngFile({
      width: 2,
      height: 1,
      colourType: 3,
      lines: [[1, 0]],
      chunks: [['PLTE', [1, 2, 3, 4, 5, 6]]],
    });
    expect(decodeImage(png, 'f').pixels).toEqual(Uint8Array.of(4, 5, 6, 1, 2, 3));
    const outside = pngFile({
      width: 2,
      height: 1,
      colourType: 3,
      lines: [[1, 2]],
      chunks: [['PLTE', [1, 2, 3, 4, 5, 6]]],
    });
    expect(() => decodeImage(outside, 'f')).toThrow(
      'f: expected an undamaged image: index 2 not in palette; restore the file',
    );
  });

  it.each([
    [9, 11],
    [1, 1],
    [3, 8],
  ])('of 8 bits is read if interlaced: %i × %i', (width, height) => {
    const pixels = Uint8Array.from({ length: width * height }, (_, i) => i * 5);
    const lines = interlacedLines(pixels, width, height);
    const png = pngFile({ width, height, colourType: 0, isInterlaced: true, lines });
    expect(decodeImage(png, 'f').pixels).toEqual(pixels);
  });

  // All combinations in the PNG specification (third edition, 11.2.1), interlaced or not.
  const kinds = [
    ...[1, 2, 4, 8, 16].map((depth) => [0, depth] as const),
    ...[1, 2, 4, 8].map((depth) => [3, depth] as const),
    ...[2, 4, 6].flatMap((colourType) => [[colourType, 8] as const, [colourType, 16] as const]),
  ];
  const all = kinds.flatMap(([type, depth]) => [
    [type, depth, false] as const,
    [type, depth, true] as const,
  ]);

  it.each(all)(
    'of colour type %i and %i bits is read, interlaced: %p',
    (type, depth, isInterlaced) => {
      const [width, height] = [13, 11];
      const count = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }[type]!;
      const levels = 2 ** depth;
      const valueAt = (x: number, y: number, i: number) =>
        (x * 977 + y * 7919 + i * 104_729 + ((x * y) << 3)) % levels;
      const palette = Array.from({ length: 3 * Math.min(256, levels) }, (_, i) => (i * 89) % 256);
      const png = pngFile({
        ...{ width, height, depth, colourType: type, isInterlaced },
        lines: packedLines({ width, height, depth, count, isInterlaced, valueAt }),
        chunks: [
          ...(type === 3 ? [['PLTE', palette] as const] : []),
          // The first pixel's colour is transparent, and is kept.
          ...(type === 0 ? [['tRNS', [0, 0]] as const] : []),
        ],
      });
      const image = decodeImage(png, 'f');
      const isGray = type === 0 || type === 4;
      const expected: number[] = [];
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          for (let i = 0; i < (isGray ? 1 : 3); i++) {
            expected.push(
              type === 3
                ? palette[3 * valueAt(x, y, 0) + i]!
                : Math.round((valueAt(x, y, i) * 255) / (levels - 1)),
            );
          }
        }
      }
      expect([image.width, image.height, image.channels]).toEqual([13, 11, isGray ? 1 : 3]);
      expect([...image.pixels]).toEqual(expected);
    },
  );

  it.each([
    [16, 3],
    [4, 2],
    [3, 0],
    [8, 5],
  ])('of %i bits and colour type %i is invalid', (depth, colourType) => {
    const png = pngFile({ width: 1, height: 1, depth, colourType, lines: [[0, 0, 0, 0, 0, 0]] });
    expect(() => decodeImage(png, 'f')).toThrow(
      `f, offset 24: expected a depth and colour type of PNG, got ${depth}, ${colourType}`,
    );
  });

  it('may be followed by other bytes, and must have an end', () => {
    const png = pngFile({ width: 1, height: 1, colourType: 0, lines: [[7]] });
    expect([...decodeImage(Uint8Array.from([...png, 1, 2, 3]), 'f').pixels]).toEqual([7]);
    expect(() => decodeImage(png.subarray(0, -12), 'f')).toThrow(
      'f: expected an undamaged image: 2 bytes of pixels, got no end of the file',
    );
  });

  it.each([
    [false, [[1, 2], [3]], 'f: expected an undamaged image: 6 bytes of pixels, got 5'],
    [
      false,
      [
        [1, 2],
        [3, 4],
        [5, 6],
        [7, 8],
      ],
      null,
    ],
    [false, Array.from({ length: 9 }, () => [1, 2]), 'f: unpacks to more than twice 6 bytes'],
    [true, [[1], [2]], 'f: expected an undamaged image: 7 bytes of pixels, got 4'],
    [true, [[1], [2], [3, 4]], null],
  ])('must have all of its pixels: interlaced %p, %j', (isInterlaced, lines, message) => {
    const png = pngFile({ width: 2, height: 2, colourType: 0, isInterlaced, lines });
    const decode = () => decodeImage(png, 'f').pixels;
    if (message === null) expect(decode()).toEqual(Uint8Array.of(1, 2, 3, 4));
    else expect(decode).toThrow(message);
  });

  it('is turned by its EXIF orientation, unless that is disabled', () => {
    const tiff = [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 8, 0, 0, 0];
    const png = pngFile({
      width: 2,
      height: 1,
      colourType: 2,
      lines: [colours],
      chunks: [['eXIf', tiff]],
    });
    const turned = decodeImage(png, 'f');
    expect([turned.width, turned.height]).toEqual([1, 2]);
    expect([...turned.pixels]).toEqual([1, 2, 3, 0, 50, 255]);
    const stored = decodeImage(png, 'f', { exifRotation: false });
    expect([stored.width, stored.height, ...stored.pixels]).toEqual([2, 1, ...colours]);
  });
});
