import { describe, expect, it } from '@jest/globals';
import { pillowImages } from '../testing/pillowImages.ts';
import { decodeImage } from './decodeImage.ts';

/**
 * Four squares of 8 × 8 pixels that Pillow 13 stored as RGB (`keep_rgb=True`, quality 95): Adobe's
 * marker with transform 0, components named R, G and B, no JFIF marker.
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

/** The image with replaced or inserted bytes, or without Adobe's marker. */
function variant({
  jfif = false,
  adobe = undefined as number | null | undefined,
  names = undefined as readonly number[] | undefined,
  precision = 8,
  exif = undefined as number | undefined,
  frame = 0xc0,
}): Uint8Array {
  const bytes = storedAsRgb.slice();
  const at = (marker: number) => bytes.findIndex((b, i) => b === 0xff && bytes[i + 1] === marker);
  bytes[at(0xc0) + 4] = precision;
  const frameAt = at(0xc0) + 1;
  names?.forEach((name, i) => {
    bytes[at(0xc0) + 10 + 3 * i] = name;
    bytes[at(0xda) + 5 + 2 * i] = name;
  });
  if (adobe) bytes[at(0xee) + 15] = adobe;
  bytes[frameAt] = frame;
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
  // As read by Pillow 13 with libjpeg-turbo; jpeg-js differs by one level because of rounding.
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
    // The squares as turned by ImageOps.exif_transpose of Pillow 13.
    ['turned to the right', { exif: 6 }, [87, 174, 88, 88, 140, 58, 81, 165, 25, 193, 230, 39]],
    ['upside down', { exif: 3 }, [81, 165, 25, 87, 174, 88, 193, 230, 39, 88, 140, 58]],
  ])('is %s', (_, changes, expected) => {
    const found = corners(variant(changes));
    expect(found.filter((value, i) => Math.abs(value - expected[i]!) > 1)).toEqual([]);
  });

  it.each([
    [{ precision: 12 }, 'f: expected 8 bits a channel, got 12; save it as a PNG of 8 or 16 bits'],
    [{ frame: 0xc9 }, 'got one of another coding (marker FFC9); save it anew, in Pillow by'],
    [{ frame: 0xc3 }, 'got one of another coding (marker FFC3)'],
    [{ names: [1, 1, 3] }, 'expected components of different names, got 1, 1, 3; save it anew'],
  ])('is refused with %j', (changes, message) => {
    expect(() => decodeImage(variant(changes), 'f')).toThrow(message);
  });
});

describe('files of Pillow', () => {
  // As read by Pillow 13.
  const lossless = [
    ...[0, 200, 30, 10, 160, 50, 20, 120, 70, 30, 80, 90],
    ...[60, 200, 80, 70, 160, 100, 80, 120, 120, 90, 80, 140],
  ];
  const colours = [
    ...[1, 201, 30, 7, 160, 44, 27, 118, 75, 28, 82, 84],
    ...[57, 200, 82, 65, 160, 96, 83, 117, 126, 84, 81, 134],
  ];
  const gray = [122, 101, 86, 66, 144, 124, 108, 88];
  const cmyk = [
    ...[0, 201, 30, 11, 159, 49, 19, 120, 71, 30, 80, 90],
    ...[60, 201, 80, 71, 159, 99, 80, 120, 121, 91, 80, 139],
  ];
  const ycck = [
    ...[255, 210, 126, 255, 198, 189, 255, 193, 250, 255, 181, 255],
    ...[255, 186, 66, 225, 174, 129, 185, 167, 189, 149, 155, 249],
  ];
  const lossy = [
    ...[33, 178, 68, 31, 151, 70, 39, 109, 83, 38, 83, 86],
    ...[57, 203, 92, 57, 177, 95, 63, 133, 107, 62, 107, 110],
  ];
  const turned = [
    ...[60, 200, 80, 0, 200, 30, 70, 160, 100, 10, 160, 50],
    ...[80, 120, 120, 20, 120, 70, 90, 80, 140, 30, 80, 90],
  ];

  // jpeg-js differs from libjpeg by up to two levels because of rounding.
  it.each([
    ['baseline', 3, 2, colours],
    ['progressive', 3, 2, colours],
    ['gray', 1, 2, gray],
    ['cmyk', 3, 2, cmyk],
    ['ycck', 3, 2, ycck],
    ['lossy', 3, 0, lossy],
    ['lossless', 3, 0, lossless],
    ['transparent', 3, 0, lossless],
    ['turned', 3, 0, turned],
  ] as const)('are read alike: %s', (name, channels, tolerance, expected) => {
    const image = decodeImage(pillowImages[name], 'f');
    const [width, height] = name === 'turned' ? [2, 4] : [4, 2];
    expect([image.width, image.height, image.channels]).toEqual([width, height, channels]);
    const isFar = (value: number, i: number) => Math.abs(value - expected[i]!) > tolerance;
    expect([...image.pixels].filter(isFar)).toEqual([]);
  });

  // By Image.open(f).convert('L').
  const losslessGray = [121, 103, 84, 66, 144, 126, 108, 90];

  it('become gray as in Pillow, and coloured', () => {
    const colourless = decodeImage(pillowImages.lossless, 'f', { channels: 1 });
    expect([colourless.channels, ...colourless.pixels]).toEqual([1, ...losslessGray]);
    const repeated = decodeImage(pillowImages.gray, 'f', { channels: 3 });
    expect(repeated.pixels.subarray(0, 6)).toEqual(
      Uint8Array.of(
        ...[0, 0, 0, 1, 1, 1].map((i) => decodeImage(pillowImages.gray, 'f').pixels[i]!),
      ),
    );
  });

  it.each([
    [
      'an animation',
      pillowImages.animated,
      'f: expected one image, got an animation; save a frame',
    ],
    [
      'a beginning',
      pillowImages.lossless.subarray(0, 60),
      'expected an undamaged image: 78 bytes, got 60',
    ],
    [
      'CMYK without a mark',
      withoutAdobe(pillowImages.cmyk),
      "or of Adobe's CMYK, got 4 components",
    ],
  ])('are refused with a remedy: %s', (_, bytes, message) => {
    expect(() => decodeImage(bytes, 'f')).toThrow(message);
    expect(() => decodeImage(bytes, 'f')).toThrow(/; (save|restore)/);
  });

  it('are refused before decoding if there are too many pixels', () => {
    const wide = pillowImages.lossless.slice();
    const at = wide.findIndex((_, i) => String.fromCharCode(...wide.subarray(i, i + 4)) === 'VP8L');
    new DataView(wide.buffer).setUint32(at + 9, 0x0fffffff, true);
    expect(() => decodeImage(wide, 'f')).toThrow(
      'f: expected at most 67108864 pixels, got 16384 × 16384',
    );
  });
});

/** The file with a damaged name in Adobe's marker. */
function withoutAdobe(bytes: Uint8Array): Uint8Array {
  const at = bytes.findIndex((_, i) => bytes[i] === 0xff && bytes[i + 1] === 0xee);
  return Uint8Array.from(bytes, (byte, i) => (i === at + 4 ? 0 : byte));
}

it.each(['P4 1 1\n\0', 'P1 1 1 1', 'GIF89a', 'BM', 'RIFF'])(
  'refuses an image that begins with %j, with a remedy',
  (text) => {
    expect(() => decodeImage(new TextEncoder().encode(text), 'f')).toThrow(
      "f, offset 0: expected a PNG, JPEG, WebP, PGM or PPM image; convert others, in Pillow by Image.open(f).convert('RGB')",
    );
  },
);
