import { describe, expect, it } from '@jest/globals';
import { augmentedImages } from './augmentedImages.ts';
import { requireFloat32 } from './inputValues.ts';
import { splitByHash } from './splitByHash.ts';
import { tableDataset } from './tableDataset.ts';
import { unitsByValue } from './unitsByValue.ts';

const classNames = ['a', 'b'];
const table = { name: 'f', labels: [0, 1], inputShape: [2], classNames };

describe('numbers beyond float32', () => {
  it('are refused if they are finite, with row and place', () => {
    expect(() => tableDataset({ ...table, values: Float64Array.of(0, 1, 2, -3.5e38) })).toThrow(
      'f, row 1, value 1: expected a number within float32, below 3.4e38; divide the inputs',
    );
  });

  it('are exactly those that become infinite in float32', () => {
    const greatest = 2 ** 128 - 2 ** 104;
    const tie = 2 ** 128 - 2 ** 103;
    const below = tie - 2 ** 75;
    for (const value of [greatest, below, -below, 0, NaN, Infinity]) {
      requireFloat32(Float64Array.of(value), 1, 'f');
    }
    expect(Math.fround(below)).toBe(greatest);
    for (const value of [tie, -tie, 1e39, Number.MAX_VALUE]) {
      expect(Math.abs(Math.fround(value))).toBe(Infinity);
      expect(() => {
        requireFloat32(Float64Array.of(value), 1, 'f');
      }).toThrow('f, row 0, value 0');
    }
  });
});

describe('bytes', () => {
  const values = Uint8Array.of(0, 255, 7, 51);

  it('are pixels, or unscaled', async () => {
    const scaled = tableDataset({ ...table, values });
    expect([...(await scaled.read([1])).inputs]).toEqual([7 / 255, 0.2].map(Math.fround));
    expect(scaled.bytesAreScaled).toBe(true);
    const ids = tableDataset({ ...table, values, scaleBytes: false });
    expect([...(await ids.read([1, 0])).inputs]).toEqual([7, 51, 0, 255]);
    expect(ids.bytesAreScaled).toBe(false);
    expect(tableDataset({ ...table, values: Int32Array.from(values) }).bytesAreScaled).toBe(false);
  });

  it('have the same scaling in the parts of a data set', () => {
    const privacyUnits = { ...unitsByValue([['p', 'q']], 2), name: 'person' };
    const image = { ...table, inputShape: [1, 2, 1], values, classNames: undefined, privacyUnits };
    const { training } = splitByHash(tableDataset(image), { validationFraction: 0, seed: 1 });
    for (const part of [training, augmentedImages(training, { seed: 1 })]) {
      expect(part).toMatchObject({ bytesAreScaled: true, classesAreCounted: true });
      expect(part.privacyUnits.name).toBe('person');
    }
  });
});

describe('warnings', () => {
  const images = (inputShape: readonly number[]) =>
    tableDataset({
      ...table,
      inputShape,
      values: new Uint8Array(2 * inputShape.reduce((product, side) => product * side, 1)),
    }).warnings;

  it.each([[[3, 32, 32]], [[1, 28, 28]], [[4, 5, 5]]])('name channels first: %p', (shape) => {
    expect(images(shape)).toEqual([
      `the shape [${shape.join(', ')}] seems to have the channels first; images are ` +
        '[height, width, channels]: save numpy.moveaxis(x, 1, -1)',
    ]);
  });

  it.each([[[32, 32, 3]], [[3, 32, 3]], [[1, 32, 4]], [[5, 32, 32]], [[3, 32]], [[3]]])(
    'do not name %p',
    (shape) => {
      expect(images(shape)).toEqual([]);
    },
  );

  it.each([
    [[2, -0, 1, 1]],
    [Uint8Array.of(2, 0, 1, 1)],
    [Int32Array.of(2, 0, 1, 1)],
    [Float64Array.of(2, -0, 1, 1)],
  ])('are empty if each class has an example: %p', (labels) => {
    for (const classNames of [undefined, ['a', 'b', 'c']]) {
      const values = new Int32Array(8);
      expect(tableDataset({ ...table, values, labels, classNames }).warnings).toEqual([]);
    }
  });

  it('name five classes without examples', () => {
    const values = Int32Array.of(1, 2, 3, 4);
    const warningsOf = (options: object) => tableDataset({ ...table, values, ...options }).warnings;
    expect(warningsOf({ labels: [1, 3], classNames: undefined })).toEqual([
      'no example is of the class "0", "2", of 4 classes; are they numbered from 0, and their names right?',
    ]);
    expect(warningsOf({ classNames: Array.from('abcdefghi') })).toEqual([
      'no example is of the class "c", "d", "e", "f", "g" and 2 more, of 9 classes; are they ' +
        'numbered from 0, and their names right?',
    ]);
  });
});

it('refuses a repeated class name', () => {
  expect(() =>
    tableDataset({ ...table, values: new Uint8Array(4), classNames: ['a', 'a'] }),
  ).toThrow('f: expected each class name once, got a, a');
});
