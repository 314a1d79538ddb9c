import type { Dataset } from '../dataset.ts';
import { imageDataset } from '../imageDataset.ts';
import type { PrivacyUnits } from '../privacyUnits.ts';

/** `count` images of 1 × 2 × 1: row r has the pixels r and 255 − r, and the class r mod 3. */
export function tinyImages(count: number, privacyUnits?: PrivacyUnits): Dataset {
  return imageDataset({
    name: 'tiny',
    pixels: Uint8Array.from({ length: 2 * count }, (_, i) => {
      const row = (i >> 1) % 256;
      return i % 2 === 0 ? row : 255 - row;
    }),
    labels: Array.from({ length: count }, (_, row) => row % 3),
    inputShape: [1, 2, 1],
    classNames: ['a', 'b', 'c'],
    ...(privacyUnits && { privacyUnits }),
  });
}
