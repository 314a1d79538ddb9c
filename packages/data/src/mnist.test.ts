import { beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Dataset } from './dataset.ts';
import { loadMnist } from './mnist.ts';
import { restorePixels } from './restorePixels.ts';
import { splitByHash } from './splitByHash.ts';

describe('loadMnist', () => {
  let mnist: Dataset;
  beforeAll(async () => {
    mnist = await loadMnist();
  });

  it('has 10,000 images of ten classes, ordered by digit', async () => {
    expect([mnist.name, mnist.count, mnist.inputShape]).toEqual(['mnist', 10_000, [28, 28, 1]]);
    expect(mnist.classNames).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(mnist.privacyUnits.count).toBe(10_000);
    const { targets } = await mnist.read(Array.from({ length: 10_000 }, (_, row) => row));
    expect(targets).toEqual(targets.slice().sort());
    const counts = mnist.classNames.map((name) => targets.filter((t) => t === Number(name)).length);
    expect(counts).toEqual([1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978]);
  });

  it('restores whole pixels that the file rounds to three decimals', async () => {
    const file = createRequire(import.meta.url).resolve('mnist/src/digits/3.json');
    const { data } = JSON.parse(readFileSync(file, 'utf8')) as { data: number[] };
    const first = 1001 + 1127 + 991;
    const { inputs } = await mnist.read([first, first + 1031]);
    for (const [image, offset] of [
      [0, 0],
      [1031, 784],
    ] as const) {
      for (let i = 0; i < 784; i++) {
        const pixel = Math.round(inputs[offset + i]! * 255);
        expect(inputs[offset + i]).toBe(Math.fround(pixel / 255));
        // Three decimals, rounded up or down.
        expect(Math.abs(pixel / 255 - data[image * 784 + i]!)).toBeLessThan(0.0005);
      }
    }
  });

  it('splits into 8,000 and 2,000', () => {
    const { training, validation } = splitByHash(mnist, { validationFraction: 0.2, seed: 0 });
    expect([training.count, validation.count]).toEqual([8000, 2000]);
  });
});

describe('restorePixels', () => {
  it('restores every rounded pixel value', () => {
    const values = Array.from({ length: 256 }, (_, pixel) => Number((pixel / 255).toFixed(3)));
    expect([...restorePixels(values, 256, 'x.json')]).toEqual(values.map((_, pixel) => pixel));
  });

  it.each([
    [undefined, /x\.json: there is no list of pixels/],
    [[0, 0], /2 pixels instead of 3/],
    [[0, 0.502, 0.5], /pixel 2 is 0\.5/],
    [[0, 0, 1.1], /pixel 2 is 1\.1/],
    [[0, 0, -1], /pixel 2 is -1/],
    [[0, 0, null], /pixel 2 is null/],
  ])('refuses %p', (values, message) => {
    expect(() => restorePixels(values, 3, 'x.json')).toThrow(message);
  });
});
