import { expect, it } from '@jest/globals';
import { zipSync } from 'fflate';
import { bytesOf, npyFile } from '../testing/files.ts';
import { npzParts, type NpzPartsOptions } from './npzParts.ts';

const archive = zipSync({
  'pixels.npy': npyFile('|u1', [3, 1, 2], Uint8Array.of(0, 255, 51, 102, 255, 0)),
  'age.npy': npyFile('<f4', [3], bytesOf(Float32Array.of(30, 40, 50))),
  'label.npy': npyFile('|u1', [3, 1], Uint8Array.of(1, 0, 1)),
  'box.npy': npyFile('<f4', [3, 2], bytesOf(Float32Array.of(1, 2, 3, 4, 5, 6))),
  'person.npy': npyFile('|u1', [3], Uint8Array.of(7, 7, 8)),
  'few.npy': npyFile('<f4', [2], bytesOf(Float32Array.of(1, 2))),
  'huge.npy': npyFile('<f8', [3], bytesOf(Float64Array.of(1, 1e39, 2))),
});
const same = (name: string) => ({ name, array: name });
const options: NpzPartsOptions = {
  file: 'a.npz',
  inputs: [{ name: 'image', array: 'pixels' }, same('age')],
  targets: [{ ...same('label'), classNames: ['no', 'yes'] }, same('box')],
  privacyUnit: ['person'],
};

it('reads several arrays as named inputs and targets', async () => {
  const dataset = npzParts(archive, options);
  expect(dataset).toMatchObject({
    inputParts: [
      { name: 'image', shape: [1, 2], bytesAreScaled: true },
      { name: 'age', shape: [], bytesAreScaled: false },
    ],
    targetParts: [
      { name: 'label', shape: [], classNames: ['no', 'yes'] },
      { name: 'box', shape: [2] },
    ],
  });
  expect(dataset.privacyUnits).toMatchObject({ count: 2, name: 'person' });
  const { inputs, targets } = await dataset.read([1]);
  expect([...inputs]).toEqual([Math.fround(0.2), Math.fround(0.4), 40]);
  expect([...targets]).toEqual([0, 3, 4]);
  const asIds = npzParts(archive, { ...options, scaleBytes: false });
  expect([...(await asIds.read([1])).inputs]).toEqual([51, 102, 40]);
});

it('adds a channel axis to a single input, and class names to a single target', () => {
  const { inputs, targets } = options;
  const classNames = ['no', 'yes'];
  const one = { ...options, inputs: [inputs[0]!], targets: [targets[0]!], classNames };
  expect(npzParts(archive, one)).toMatchObject({
    inputShape: [1, 2, 1],
    targetShape: [],
    classNames,
  });
});

it('reads the weights from an array', async () => {
  const weighted = { ...options, weights: 'age', greatestWeight: 50 };
  const { weights } = await npzParts(archive, weighted).read([2, 0], { size: 3 });
  expect([...weights!]).toEqual([50, 30, 0]);
  expect(() => npzParts(archive, { ...options, weights: 'age' })).toThrow(
    'a.npz, age, row 0: expected a weight from 0 to 1',
  );
  expect(() => npzParts(archive, { ...options, weights: 'label' })).toThrow(
    'a.npz, label: this array holds targets; weights (--weights) need a separate array',
  );
});

it.each<[string, Partial<NpzPartsOptions>, RegExp]>([
  [
    'an array that is missing',
    { inputs: [same('x')] },
    /expected an array x, got pixels, .*--inputs/,
  ],
  ['another count', { targets: [same('label'), same('few')] }, /3 of label \[\], 2 of few \[\]/],
  [
    'numbers beyond float32',
    { targets: [same('huge')] },
    /^a.npz, huge, row 1, value 0: .*float32/,
  ],
  [
    'class names of several targets',
    { classNames: ['a'] },
    /classNames .* is for one target, these are 2; give names by output, as label=no,yes/,
  ],
])('refuses %s', (_, changes, error) => {
  expect(() => npzParts(archive, { ...options, ...changes })).toThrow(error);
});
