import { describe, expect, it } from '@jest/globals';
import { interlacedLines, pngFile } from '../testing/pngFile.ts';
import { decodeImage } from './decodeImage.ts';

/**
 * Four squares of 8 × 8 that Pillow 13 stored as RGB (`keep_rgb=True`, quality 95): Adobe's mark
 * with transform 0, components named R, G and B, no JFIF mark.
 */
const storedAsRgb = new Uint8Array(
  Buffer.from(
    '/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwACAQEBAQECAQEBAgICAgIEAwICAgIFBAQDBAYFBgYGBQYGBgcJCAYHCQcGBggLCAkKCgoKCgYI' +
      'CwwLCgwJCgoK/8AAEQgAEAAQA1IRAEcRAEIRAP/EAB8AAAEFAQEBAQEBAAAAAAAAAAABAgMEBQYHCAkKC//EALUQAAIBAwMCBAMFBQQE' +
      'AAABfQECAwAEEQUSITFBBhNRYQcicRQygZGhCCNCscEVUtHwJDNicoIJChYXGBkaJSYnKCkqNDU2Nzg5OkNERUZHSElKU1RVVldYWVpj' +
      'ZGVmZ2hpanN0dXZ3eHl6g4SFhoeIiYqSk5SVlpeYmZqio6Slpqeoqaqys7S1tre4ubrCw8TFxsfIycrS09TV1tfY2drh4uPk5ebn6Onq' +
      '8fLz9PX29/j5+v/aAAwDUgBHAEIAAD8A+X67Cvznr9pK/WivM6/Fevh+vsSseubr4Dr/2Q==',
    'base64',
  ),
);

/** The first pixels of the four squares. */
function corners(bytes: Uint8Array): number[] {
  const { width, height, channels, pixels } = decodeImage(bytes, 'f');
  expect([width, height, channels]).toEqual([16, 16, 3]);
  return [0, 8, 8 * 16, 8 * 16 + 8].flatMap((at) => [...pixels.subarray(3 * at, 3 * at + 3)]);
}

/** The image with other bytes, some of them before it, or without Adobe's mark. */
function variant({
  jfif = false,
  adobe = undefined as number | null | undefined,
  names = undefined as readonly number[] | undefined,
  precision = 8,
  exif = undefined as number | undefined,
}): Uint8Array {
  const bytes = storedAsRgb.slice();
  const at = (marker: number) => bytes.findIndex((b, i) => b === 0xff && bytes[i + 1] === marker);
  bytes[at(0xc0) + 4] = precision;
  names?.forEach((name, i) => {
    bytes[at(0xc0) + 10 + 3 * i] = name;
    bytes[at(0xda) + 5 + 2 * i] = name;
  });
  if (adobe) bytes[at(0xee) + 15] = adobe;
  const ascii = (text: string) => [...new TextEncoder().encode(text)];
  const orientation = [0, 0, ...ascii('MM'), 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0];
  return Uint8Array.from([
    ...bytes.subarray(0, 2),
    ...(jfif ? [0xff, 0xe0, 0, 16, ...ascii('JFIF'), 0, 1, 1, 0, 0, 1, 0, 1, 0, 0] : []),
    ...(exif === undefined
      ? []
      : [0xff, 0xe1, 0, 34, ...ascii('Exif'), ...orientation, exif, 0, 0, 0, 0, 0, 0]),
    ...bytes.subarray(adobe === null ? 18 : 2),
  ]);
}

describe('a JPEG', () => {
  // As Pillow 13, with libjpeg-turbo, reads each of these files; jpeg-js rounds by a level
  // otherwise.
  const asRgb = [88, 140, 58, 193, 230, 39, 87, 174, 88, 81, 165, 25];
  const asYcbcr = [0, 134, 109, 68, 221, 255, 31, 100, 169, 0, 142, 147];

  it.each([
    ["RGB by Adobe's mark and its names", {}, asRgb],
    ["RGB by Adobe's mark", { names: [1, 2, 3] }, asRgb],
    ['RGB by its names', { adobe: null }, asRgb],
    ['YCbCr without a mark', { adobe: null, names: [1, 2, 3] }, asYcbcr],
    ['YCbCr of other names', { adobe: null, names: [1, 2, 9] }, asYcbcr],
    ["YCbCr by Adobe's mark", { adobe: 1 }, asYcbcr],
    ['YCbCr by the mark of JFIF', { jfif: true }, asYcbcr],
    ['upright', { exif: 1 }, asRgb],
    ['of an orientation that does not exist', { exif: 9 }, asRgb],
  ])('is %s', (_, changes, expected) => {
    const found = corners(variant(changes));
    expect(found.filter((value, i) => Math.abs(value - expected[i]!) > 1)).toEqual([]);
  });

  it.each([
    [{ exif: 6 }, 'f: expected an upright image, got one of EXIF orientation 6'],
    [{ exif: 3 }, 'ImageOps.exif_transpose(Image.open(f)).save(f, quality=95)'],
    [{ precision: 12 }, 'f: expected 8 bits a channel, got 12; save it as a PNG of 8 bits'],
    [{ names: [1, 1, 3] }, 'expected components of different names, got 1, 1, 3; save it anew'],
  ])('is refused with %j', (changes, message) => {
    expect(() => decodeImage(variant(changes), 'f')).toThrow(message);
  });
});

describe('a PNG', () => {
  const colours = [0, 50, 255, 1, 2, 3];
  const palette = [9, 9, 9, 8, 8, 8];

  it('of colours keeps them beside a palette that is a suggestion', () => {
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

  it.each([1, 2, 3])('of %d pixels may name its transparent colour', (width) => {
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

  it('of a palette has its colours', () => {
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
    expect(() => decodeImage(outside, 'f')).toThrow('f: pixel 1 has no colour in the palette');
  });

  it.each([
    [9, 11],
    [1, 1],
    [3, 8],
  ])('of eight bits is read interlaced: %i × %i', (width, height) => {
    const pixels = Uint8Array.from({ length: width * height }, (_, i) => i * 5);
    const lines = interlacedLines(pixels, width, height);
    const png = pngFile({ width, height, colourType: 0, isInterlaced: true, lines });
    expect(decodeImage(png, 'f').pixels).toEqual(pixels);
  });

  it.each([
    [1, 0, false, "convert it, in Pillow by Image.open(f).convert('RGB').save(f)"],
    [2, 0, true, "Image.open(f).convert('RGB').save(f)"],
    [4, 3, true, "Image.open(f).convert('RGB').save(f)"],
    [16, 2, false, "Image.open(f).convert('RGB').save(f)"],
    [16, 0, true, "Image.fromarray((numpy.asarray(Image.open(f)) / 257).round().astype('uint8'))"],
  ])(
    'of %i bits, type %i, interlaced: %p, is refused',
    (depth, colourType, isInterlaced, remedy) => {
      const png = pngFile({
        width: 1,
        height: 1,
        depth,
        colourType,
        isInterlaced,
        lines: [[0, 0, 0, 0, 0, 0].slice(0, depth < 16 ? 1 : colourType === 2 ? 6 : 2)],
        chunks: colourType === 3 ? [['PLTE', [1, 2, 3]]] : [],
      });
      expect(() => decodeImage(png, 'f')).toThrow(`f: expected 8 bits a channel, got ${depth}`);
      expect(() => decodeImage(png, 'f')).toThrow(remedy);
    },
  );

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
  ])('has all of its pixels: interlaced %p, %j', (isInterlaced, lines, message) => {
    const png = pngFile({ width: 2, height: 2, colourType: 0, isInterlaced, lines });
    const decode = () => decodeImage(png, 'f').pixels;
    if (message === null) expect(decode()).toEqual(Uint8Array.of(1, 2, 3, 4));
    else expect(decode).toThrow(message);
  });

  it('that is to be turned is refused', () => {
    const tiff = [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 8, 0, 0, 0];
    const png = pngFile({
      width: 2,
      height: 1,
      colourType: 2,
      lines: [colours],
      chunks: [['eXIf', tiff]],
    });
    expect(() => decodeImage(png, 'f')).toThrow('got one of EXIF orientation 8');
  });
});

it.each(['P5 1 1 255\n\0', 'P3 1 1 255 1 2 3', 'GIF89a', 'BM', 'RIFF'])(
  'an image that begins with %j is refused with a remedy',
  (text) => {
    expect(() => decodeImage(new TextEncoder().encode(text), 'f')).toThrow(
      "f, offset 0: expected a PNG, JPEG or P6 image; convert others, in Pillow by Image.open(f).convert('RGB')",
    );
  },
);
