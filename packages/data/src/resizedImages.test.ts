import { expect, it } from '@jest/globals';
import { imageDataset } from './imageDataset.ts';
import { resizedImages } from './resizedImages.ts';
import { resizeImage } from './resizeImage.ts';
import { subset } from './subset.ts';

const pixels = Uint8Array.from({ length: 3 * 6 * 4 * 2 }, (_, i) => (i * i * 37 + 11 * i) % 256);
const images = imageDataset({
  name: 'small',
  pixels,
  labels: [0, 1, 0],
  inputShape: [6, 4, 2],
  classNames: ['a', 'b'],
});

it('resizes every image like resizeImage without rounding, and changes nothing else', async () => {
  const resized = resizedImages(images, 3);
  expect(resized).toMatchObject({ name: 'small', count: 3, inputShape: [3, 3, 2] });
  const batch = await resized.read([2, 0], { size: 3 });
  const plain = await images.read([2, 0], { size: 3 });
  expect({ ...batch, inputs: null }).toEqual({ ...plain, inputs: null });
  for (const [place, row] of [2, 0].entries()) {
    const own = {
      width: 4,
      height: 6,
      channels: 2,
      pixels: pixels.subarray(row * 48, row * 48 + 48),
    };
    const expected = resizeImage(own, 3, 3).pixels;
    const found = batch.inputs.subarray(place * 18, place * 18 + 18);
    for (const [i, value] of found.entries())
      expect(Math.abs(255 * value - expected[i]!)).toBeLessThan(0.501);
  }
  expect([...batch.inputs.subarray(36)]).toEqual(new Array<number>(18).fill(0));
});

it('refuses inputs that are not images, and an invalid side', () => {
  const rows = { ...subset(images, [0]), inputShape: [8] };
  expect(() => resizedImages(rows, 3)).toThrow(
    'expected images [height, width, channels] to resize, got [8]',
  );
  expect(() => resizedImages(images, 0)).toThrow('image size: expected a whole number from 1');
});
