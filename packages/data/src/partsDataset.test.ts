import { describe, expect, it } from '@jest/globals';
import { cutRows } from './cutRows.ts';
import { partsDataset, type PartsDatasetOptions } from './partsDataset.ts';
import { unitsOfRows } from './privacyUnits.ts';
import { splitByHash } from './splitByHash.ts';

const options: PartsDatasetOptions = {
  name: 'rows',
  inputs: [
    {
      ...{ name: 'image', shape: [1, 2], bytesAreScaled: true },
      values: Uint8Array.of(0, 255, 51, 102, 255, 0),
    },
    { name: 'age', shape: [], values: Float64Array.of(30, 40, 50) },
  ],
  targets: [
    { name: 'label', shape: [], values: Uint8Array.of(1, 0, 2), classNames: ['a', 'b', 'c'] },
    { name: 'box', shape: [2], values: Float32Array.of(1, 2, 3, 4, 5, 6) },
  ],
};

describe('partsDataset', () => {
  it('concatenates the parts of an example, and describes them', async () => {
    const dataset = partsDataset(options);
    expect(dataset).toMatchObject({
      ...{ count: 3, inputShape: [3], targetShape: [3], classNames: [], bytesAreScaled: true },
      inputParts: [
        { name: 'image', shape: [1, 2], bytesAreScaled: true },
        { name: 'age', shape: [] },
      ],
      targetParts: [
        { name: 'label', shape: [], classNames: ['a', 'b', 'c'] },
        { name: 'box', shape: [2] },
      ],
    });
    expect(dataset.inputParts![0]).not.toHaveProperty('values');
    const { inputs, targets } = await dataset.read([2, 0], { size: 3 });
    expect([...inputs]).toEqual([1, 0, 50, 0, 1, 30, 0, 0, 0]);
    expect([...targets]).toEqual([2, 5, 6, 1, 1, 2, 0, 0, 0]);
    const [image, age] = cutRows(inputs, 3, dataset.inputParts!);
    expect([...image!]).toEqual([1, 0, 0, 1, 0, 0]);
    expect([...age!]).toEqual([50, 30, 0]);
    expect(() => cutRows(inputs, 2, dataset.inputParts!)).toThrow(/2 rows of the 3 numbers/);
  });

  it('describes the parts in a split too', () => {
    const { training } = splitByHash(partsDataset(options), { validationFraction: 0.3, seed: 1 });
    const { inputParts, targetParts } = partsDataset(options);
    expect(training).toMatchObject({ inputParts, targetParts });
  });

  it('equals any other data set if there is one input and one target', () => {
    const [image] = options.inputs;
    const [label] = options.targets;
    const one = partsDataset({ name: 'one', inputs: [image!], targets: [label!] });
    expect(one).toMatchObject({ inputShape: [1, 2], targetShape: [], classNames: ['a', 'b', 'c'] });
    expect(one.inputParts ?? one.targetParts).toBeUndefined();
  });

  it.each<[string, Partial<PartsDatasetOptions>, RegExp]>([
    [
      'counts that disagree',
      { targets: [{ name: 'label', shape: [], values: Uint8Array.of(1, 0) }] },
      /^rows: expected as many .* got 3 of image \[1, 2\], 3 of age \[\], 2 of label \[\]/,
    ],
    [
      'two parts of a name',
      { targets: [options.targets[0]!, options.targets[0]!] },
      /expected targets of different names, got label, label/,
    ],
    ['no input', { inputs: [] }, /expected inputs of different names, got none/],
    ['units of other rows', { privacyUnits: unitsOfRows([0, 1], 2) }, /privacy/],
  ])('refuses %s', (_, changes, error) => {
    expect(() => partsDataset({ ...options, ...changes })).toThrow(error);
  });
});
