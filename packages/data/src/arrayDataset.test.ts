import { describe, expect, it } from '@jest/globals';
import { arrayDataset } from './arrayDataset.ts';
import { unitsOfRows } from './privacyUnits.ts';

const options = {
  name: 'three rows',
  inputs: Uint8Array.of(1, 2, 3, 4, 5, 255),
  inputShape: [2],
  targets: Float64Array.of(0.5, 1, 1.5, 2, 2.5, 3),
  targetShape: [2],
};

describe('arrayDataset', () => {
  it('returns rows and targets of any shape unchanged', async () => {
    const { inputs, targets, mask } = await arrayDataset(options).read([2, 0], { size: 3 });
    expect([...inputs]).toEqual([5, 255, 1, 2, 0, 0]);
    expect([...targets]).toEqual([2.5, 3, 0.5, 1, 0, 0]);
    expect([...mask]).toEqual([1, 1, 0]);
  });

  it('has one privacy unit per row by default', () => {
    expect(arrayDataset(options).privacyUnits.count).toBe(3);
    const privacyUnits = unitsOfRows([0, 1, 0], 2);
    expect(arrayDataset({ ...options, privacyUnits }).privacyUnits.rowsOf(0)).toEqual([0, 2]);
    const twoRows = { ...options, privacyUnits: unitsOfRows([0, 1], 2) };
    expect(() => arrayDataset(twoRows)).toThrow(/row 2 is in no privacy unit/);
  });

  it('refuses different counts', () => {
    const targets = Float32Array.of(0, 1);
    expect(() => arrayDataset({ ...options, targets })).toThrow(
      /^three rows: expected as many inputs of \[2\] as targets of \[2\], got 6 and 2 numbers/,
    );
    expect(() => arrayDataset({ ...options, inputShape: [4] })).toThrow(/inputs of \[4\]/);
  });
});
