import { expect, it } from '@jest/globals';
import { turnedImage } from './turnedImage.ts';

// As turned by ImageOps.exif_transpose of Pillow 13.
it.each([
  [1, ['012', '345']],
  [2, ['210', '543']],
  [3, ['543', '210']],
  [4, ['345', '012']],
  [5, ['03', '14', '25']],
  [6, ['30', '41', '52']],
  [7, ['52', '41', '30']],
  [8, ['25', '14', '03']],
])('orientation %i', (orientation, lines) => {
  const image = { width: 3, height: 2, channels: 1, pixels: Uint8Array.of(0, 1, 2, 3, 4, 5) };
  const { width, height, pixels } = turnedImage(image, orientation);
  expect([height, width, [...pixels].join('')]).toEqual([
    lines.length,
    lines[0]!.length,
    lines.join(''),
  ]);
});
