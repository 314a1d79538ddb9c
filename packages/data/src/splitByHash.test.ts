import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Dataset } from './dataset.ts';
import { unitsOfRows } from './privacyUnits.ts';
import { chooseValidationIds, splitByHash } from './splitByHash.ts';
import { subset } from './subset.ts';
import { tinyImages } from './testing/tinyImages.ts';

const idsOf = ({ privacyUnits }: Dataset) =>
  Array.from({ length: privacyUnits.count }, (_, unit) => privacyUnits.idOf?.(unit) ?? unit);
const options = fc.record({
  validationFraction: fc.double({ min: 0, max: 1, noNaN: true }),
  seed: fc.nat(),
});

it('puts each unit into one part, with the exact counts', () => {
  fc.assert(
    fc.property(fc.nat({ max: 60 }), options, (count, split) => {
      const { training, validation } = splitByHash(tinyImages(count), split);
      expect(validation.count).toBe(Math.round(split.validationFraction * count));
      const ids = [...idsOf(training), ...idsOf(validation)].sort((a, b) => a - b);
      expect(ids).toEqual(Array.from({ length: count }, (_, id) => id));
    }),
  );
});

it('moves no unit when others are added or removed', () => {
  const present = fc.uniqueArray(fc.nat({ max: 59 }), { maxLength: 60 });
  const whole = tinyImages(60);
  fc.assert(
    fc.property(present, options, (rows, split) => {
      const membersOfWhole = new Set(idsOf(splitByHash(whole, split).validation));
      const { training, validation } = splitByHash(subset(whole, rows), split);
      expect(idsOf(validation)).toEqual(
        rows.filter((row) => membersOfWhole.has(row)).sort((a, b) => a - b),
      );
      expect(training.count + validation.count).toBe(rows.length);
    }),
  );
});

it('keeps all rows of a unit together, with their original keys', async () => {
  const unitOfRow = Array.from({ length: 60 }, (_, row) => row % 20);
  const { training, validation } = splitByHash(tinyImages(60, unitsOfRows(unitOfRow, 20)), {
    validationFraction: 0.25,
    seed: 3,
  });
  expect([training.count, validation.count]).toEqual([45, 15]);
  const keysOf = async (part: Dataset) => [
    ...(await part.read(Array.from({ length: part.count }, (_, row) => row))).keys.rows,
  ];
  const rows = await keysOf(validation);
  expect(rows).toEqual([...rows].sort((a, b) => a - b));
  const units = new Set(rows.map((row) => row % 20));
  expect(units.size).toBe(5);
  expect((await keysOf(training)).some((row) => units.has(row % 20))).toBe(false);
});

describe('the choice of ids', () => {
  const choose = (seed: number) => chooseValidationIds(10_000, { validationFraction: 0.2, seed });

  it('depends only on the seed', () => {
    expect([...choose(1)]).toEqual([...choose(1)]);
    // Two independent choices of 2,000 share 400 ids on average, hypergeometric with variance
    // 2000 · 0.2 · 0.8 · 8000/9999 = 256: five standard deviations are 80.
    const other = choose(2);
    const common = [...choose(1)].filter((id) => other.has(id)).length;
    expect(Math.abs(common - 400)).toBeLessThan(80);
  });

  it('is uniform over the ids', () => {
    // In each tenth: hypergeometric with mean 200 and variance 1000 · 0.2 · 0.8 · 9000/9999 = 144.
    const chosen = [...choose(1)];
    for (let tenth = 0; tenth < 10; tenth++) {
      const count = chosen.filter((id) => Math.floor(id / 1000) === tenth).length;
      expect(Math.abs(count - 200)).toBeLessThan(5 * 12);
    }
  });

  it('only adds ids when the fraction grows', () => {
    const small = chooseValidationIds(500, { validationFraction: 0.1, seed: 1 });
    const large = chooseValidationIds(500, { validationFraction: 0.3, seed: 1 });
    expect([small.size, large.size]).toEqual([50, 150]);
    expect([...small].every((id) => large.has(id))).toBe(true);
  });
});

it.each([
  [{ validationFraction: 1.5, seed: 1 }, /validationFraction: expected a number from 0 to 1/],
  [{ validationFraction: NaN, seed: 1 }, /validationFraction/],
  [{ validationFraction: 0.5, seed: -1 }, /seed/],
])('refuses %p', (split, message) => {
  expect(() => splitByHash(tinyImages(4), split)).toThrow(message);
});

it('refuses an id outside the id space', () => {
  const units = { ...unitsOfRows([0, 1], 2), idSpace: 5, idOf: (unit: number) => unit + 4 };
  expect(() => splitByHash(tinyImages(2, units), { validationFraction: 0.5, seed: 1 })).toThrow(
    /privacy unit 1: expected an id below its idSpace of 5, got 5/,
  );
});
