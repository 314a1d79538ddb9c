import { describe, expect, it } from '@jest/globals';
import { augmentedImages } from './augmentedImages.ts';
import { imageDataset } from './imageDataset.ts';
import { tableDataset } from './tableDataset.ts';

/** Two images of 3×4 pixels with a distinct value at each place; 255 becomes 1. */
const images = imageDataset({
  name: 'tiny',
  pixels: Uint8Array.from({ length: 24 }, (_, i) => 10 * (i + 1)),
  labels: [0, 1],
  inputShape: [3, 4, 1],
  classNames: ['a', 'b'],
});
const read = async (dataset: typeof images, view: number) => {
  const { inputs } = await dataset.read([1], { views: [view] });
  return Array.from(inputs, (value) => Math.round(value * 255));
};

/** All images that shifts by up to one pixel and flips can make of the second image. */
async function possible(): Promise<Set<string>> {
  const image = await read(images, 0);
  const views = new Set<string>();
  for (const down of [-1, 0, 1]) {
    for (const right of [-1, 0, 1]) {
      for (const isMirrored of [false, true]) {
        const view = image.map((_, i) => {
          const y = Math.floor(i / 4) - down;
          const shifted = (i % 4) - right;
          const x = isMirrored ? 3 - shifted : shifted;
          return y >= 0 && y < 3 && x >= 0 && x < 4 ? image[y * 4 + x]! : 0;
        });
        views.add(view.join());
      }
    }
  }
  return views;
}

describe('augmentedImages', () => {
  it('contain all shifts and flips of an image, and the image itself as view 0', async () => {
    const augmented = augmentedImages(images, { shift: 1, flip: true, seed: 3 });
    const seen = new Set<string>();
    for (let view = 1; view < 400; view++) seen.add((await read(augmented, view)).join());
    expect([...seen].sort()).toEqual([...(await possible())].sort());
    expect(await read(augmented, 0)).toEqual(await read(images, 0));
  });

  it('have a square set to 0 anywhere, cut off at the edges', async () => {
    const augmented = augmentedImages(images, { cutout: 2, seed: 3 });
    const image = await read(images, 0);
    const expected = new Set<string>();
    for (let top = -1; top < 2; top++) {
      for (let left = -1; left < 3; left++) {
        const isBlank = (i: number) => {
          const [y, x] = [Math.floor(i / 4) - top, (i % 4) - left];
          return y >= 0 && y < 2 && x >= 0 && x < 2;
        };
        expected.add(image.map((value, i) => (isBlank(i) ? 0 : value)).join());
      }
    }
    const seen = new Set<string>();
    for (let view = 1; view < 300; view++) seen.add((await read(augmented, view)).join());
    expect([...seen].sort()).toEqual([...expected].sort());
    expect(await read(augmented, 0)).toEqual(image);
    expect(() => augmentedImages(images, { cutout: 3, seed: 1 })).toThrow(/^cutout: expected/);
  });

  it('depend only on seed, row and view', async () => {
    const augmented = augmentedImages(images, { shift: 1, flip: true, seed: 3 });
    const alone = await augmented.read([1], { views: [7] });
    const together = await augmented.read([0, 1, 1], { views: [7, 8, 7], size: 5 });
    expect(together.inputs.subarray(24, 36)).toEqual(alone.inputs);
    expect(together.inputs.subarray(36).every((value) => value === 0)).toBe(true);
    const other = augmentedImages(images, { shift: 1, flip: true, seed: 4 });
    const views = Array.from({ length: 20 }, (_, i) => i + 1);
    const all = async (dataset: typeof other) =>
      Promise.all(views.map((view) => read(dataset, view)));
    expect(await all(other)).not.toEqual(await all(augmented));
  });

  it('refuse inputs that are not images, and shifts that leave nothing', () => {
    const row = { values: Uint8Array.of(1, 2, 3, 4, 5), labels: [0], inputShape: [5] };
    const vectors = tableDataset({ name: 'vectors', ...row, classNames: ['a'] });
    expect(() => augmentedImages(vectors, { seed: 1 })).toThrow(/expected images .* got \[5\]/);
    for (const shift of [-1, 0.5, 3]) {
      expect(() => augmentedImages(images, { shift, seed: 1 })).toThrow(/^shift: expected/);
    }
  });
});
