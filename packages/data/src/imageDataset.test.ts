import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { paddingRow } from './assembleBatch.ts';
import { imageDataset } from './imageDataset.ts';
import { unitsOfRows } from './privacyUnits.ts';
import { tinyImages } from './testing/tinyImages.ts';

describe('read', () => {
  it('returns every pixel value as the float32 next to value/255', async () => {
    const { inputs } = await tinyImages(256).read(Array.from({ length: 256 }, (_, i) => i));
    for (let value = 0; value < 256; value++) {
      expect(inputs[2 * value]).toBe(Math.fround(value / 255));
      expect(inputs[2 * value + 1]).toBe(Math.fround((255 - value) / 255));
    }
  });

  it('returns inputs, targets, mask and keys, padded to the size', async () => {
    const batch = await tinyImages(10).read([5, 2], { size: 4, views: [7, 0] });
    expect(batch.size).toBe(4);
    expect([...batch.inputs]).toEqual(
      [5 / 255, 250 / 255, 2 / 255, 253 / 255, 0, 0, 0, 0].map(Math.fround),
    );
    expect([...batch.targets]).toEqual([2, 2, 0, 0]);
    expect([...batch.mask]).toEqual([1, 1, 0, 0]);
    expect([...batch.keys.rows]).toEqual([5, 2, paddingRow, paddingRow]);
    expect([...batch.keys.views]).toEqual([7, 0, 0, 0]);
  });

  it('reads an empty batch, with or without padding', async () => {
    expect((await tinyImages(3).read([])).inputs).toHaveLength(0);
    expect([...(await tinyImages(3).read([], { size: 2 })).mask]).toEqual([0, 0]);
  });

  it('returns the same content and key for an example in any batch and position', async () => {
    const dataset = tinyImages(50);
    const rows = fc.array(fc.nat({ max: 49 }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(rows, fc.nat({ max: 5 }), async (batchRows, padding) => {
        const batch = await dataset.read(batchRows, { size: batchRows.length + padding });
        for (const [i, row] of batchRows.entries()) {
          const alone = await dataset.read([row]);
          expect(batch.keys.rows[i]).toBe(alone.keys.rows[0]);
          expect(batch.keys.views[i]).toBe(alone.keys.views[0]);
          expect([...batch.inputs.slice(2 * i, 2 * i + 2)]).toEqual([...alone.inputs]);
          expect(batch.targets[i]).toBe(alone.targets[0]);
        }
      }),
    );
  });

  it.each([-1, 3, 0.5, NaN, '1'])('rejects the row %p', async (row) => {
    await expect(tinyImages(3).read([0, row as number])).rejects.toThrow(
      `row: expected a whole number below 3, got ${row}`,
    );
  });

  it.each([
    [{ size: 1 }, /size: .* at least the 2 rows, got 1/],
    [{ size: 2.5 }, /size/],
    [{ views: [1] }, /views: expected one for each of 2 rows, got 1/],
    [{ views: [0, -1] }, /view: expected a whole number below 2\^16, got -1/],
    [{ views: [0, 65536] }, /view: .* got 65536/],
  ])('rejects %p', async (options, message) => {
    await expect(tinyImages(3).read([0, 1], options)).rejects.toThrow(message);
  });
});

describe('imageDataset', () => {
  const options = {
    name: 'x',
    pixels: new Uint8Array(8),
    labels: [0, 1],
    inputShape: [2, 2, 1],
    classNames: ['a', 'b'],
  };

  it('has its properties', () => {
    const dataset = imageDataset(options);
    expect([dataset.name, dataset.count, dataset.inputShape, dataset.targetShape]).toEqual([
      'x',
      2,
      [2, 2, 1],
      [],
    ]);
    expect(dataset.privacyUnits.count).toBe(2);
    expect(dataset.privacyUnits.rowsOf(1)).toEqual([1]);
  });

  it.each([
    [{ pixels: new Uint8Array(7) }, /expected 8 pixels \(2 images of 2 × 2 × 1\), got 7/],
    [{ labels: [0, 2] }, /row 1: expected a class index below 2; classes are numbered from 0/],
    [{ labels: [0.5, 0] }, /row 0/],
    [{ privacyUnits: unitsOfRows([0], 1) }, /row 1 is in no privacy unit/],
  ])('refuses %p', (changes, message) => {
    expect(() => imageDataset({ ...options, ...changes })).toThrow(message);
  });
});
