import { describe, expect, it } from '@jest/globals';
import { resizeImage } from './resizeImage.ts';

const image = {
  width: 7,
  height: 5,
  channels: 1,
  pixels: Uint8Array.from({ length: 35 }, (_, i) => (i * i * 37 + 11 * i) % 256),
};

describe('resizeImage', () => {
  it.each([
    [3, 3, [78, 147, 168, 142, 144, 188, 167, 99, 159]],
    [
      9,
      6,
      [
        0, 32, 102, 157, 110, 121, 173, 181, 118, 74, 109, 97, 91, 197, 212, 160, 150, 219, 180,
        118, 99, 125, 169, 187, 187, 191, 205, 207, 149, 134, 140, 105, 127, 190, 209, 156, 156,
        201, 172, 100, 69, 95, 162, 185, 135, 132, 180, 155, 86, 58, 88, 158, 185, 138,
      ],
    ],
    [7, 2, [102, 97, 109, 160, 180, 169, 186, 168, 175, 118, 87, 119, 214, 149]],
  ])(
    'gives %p × %p as Pillow 13 does, which also rounds between rows and columns',
    (width, height, expected) => {
      const { pixels } = resizeImage(image, width, height);
      const error = expected.map((value, i) => Math.abs(pixels[i]! - value));
      expect([pixels.length, Math.max(...error) <= 1]).toEqual([width * height, true]);
    },
  );

  it('keeps channels separate, constant images constant, and an image of the same size unchanged', () => {
    const [red, green] = [0, 200];
    const two = {
      width: 3,
      height: 2,
      channels: 2,
      pixels: Uint8Array.from({ length: 12 }, (_, i) => (i % 2 ? green : red)),
    };
    expect([...resizeImage(two, 5, 1).pixels]).toEqual([0, 200, 0, 200, 0, 200, 0, 200, 0, 200]);
    expect(resizeImage(image, 7, 5)).toBe(image);
  });

  it.each([0, -1, 2.5, NaN, 5000])('refuses the size %p', (size) => {
    expect(() => resizeImage(image, size, 3)).toThrow('image size: expected a whole number');
  });
});
