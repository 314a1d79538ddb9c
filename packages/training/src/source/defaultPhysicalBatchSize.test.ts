import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { defaultPhysicalBatchSize } from './defaultPhysicalBatchSize.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

/** A layer of so many outputs. */
function model(units: number): tfl.LayersModel {
  return tfl.sequential({ layers: [tfl.layers.dense({ units, inputShape: [1] })] });
}

/** A draw of so many units in expectation, of very many. */
const poisson = (units: number) => ({ unitCount: 2 ** 40, sampleRate: units / 2 ** 40 });

describe('defaultPhysicalBatchSize', () => {
  it('fills whole batches with a draw of the expected size, and some more', () => {
    // 512 and two standard deviations are 557: three batches of 186.
    expect(defaultPhysicalBatchSize(model(10), poisson(512))).toBe(192);
    expect(defaultPhysicalBatchSize(model(10), poisson(32))).toBe(48);
    expect(defaultPhysicalBatchSize(model(10), poisson(0.5))).toBe(8);
    expect(defaultPhysicalBatchSize(model(10), poisson(32), 3)).toBe(136);
    for (const rows of [1, 30, 100, 256, 700, 1024, 5000]) {
      const size = defaultPhysicalBatchSize(model(10), poisson(rows));
      const drawn = rows + 2 * Math.sqrt(rows);
      expect(size % 8).toBe(0);
      expect(size).toBeLessThanOrEqual(256);
      // Padded by less than a granule a batch.
      expect(Math.ceil(drawn / size) * size - drawn).toBeLessThan(8 * Math.ceil(drawn / size));
    }
  });

  it('adds no margin if every unit is drawn', () => {
    expect(defaultPhysicalBatchSize(model(10), { unitCount: 512, sampleRate: 1 })).toBe(256);
  });

  it('is smaller for a large network, but not too small', () => {
    expect(defaultPhysicalBatchSize(model(2 ** 16), poisson(1e5))).toBe(128);
    expect(defaultPhysicalBatchSize(model(2 ** 20), poisson(1e5))).toBe(64);
  });

  it('counts every output, and an axis of no fixed length as one', () => {
    const input = tfl.input({ shape: [null, 4] });
    const dense = tfl.layers.dense({ units: 2 ** 15 }).apply(input) as tfl.SymbolicTensor;
    const twice = tfl.layers.add().apply([dense, dense]) as tfl.SymbolicTensor;
    const large = tfl.model({ inputs: input, outputs: [dense, twice] });
    // Two of 2¹⁵, and the four of the input: just over 2²³/128.
    expect(defaultPhysicalBatchSize(large, poisson(1e5))).toBe(128);
  });
});
