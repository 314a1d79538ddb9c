import { describe, expect, it } from '@jest/globals';
import { chacha20Block } from './chacha20.ts';
import { ChaChaStream } from './chachaStream.ts';
import { fillGridNoise, gridNoiseScale, gridPairOfWords } from './gridNoise.ts';
import { SeededRandom } from './seededRandom.ts';
import { gaussianMass, lawOfSum, uniformSumLaw } from './testing/gridLaw.ts';

const { abs, exp, floor, max, sqrt } = Math;

function keyOf(seed: number): Uint32Array {
  const random = new SeededRandom(seed, 'grid noise');
  return Uint32Array.from({ length: 8 }, () => random.uint32());
}

function noiseOf(seed: number, deviation: number, count: number, first = 0): Float64Array {
  const out = new Float64Array(count);
  fillGridNoise(keyOf(seed), deviation, out, first);
  return out;
}

describe('the parameters of noise', () => {
  it.each([
    [16, 16, 0],
    [1023.5, 1023.5, 0],
    [1024, 512, 1],
    [2 ** 20, 512, 11],
    [1.3 * 2 ** 20, 1.3 * 512, 11],
    [2 ** 41, 512, 32],
  ])('a deviation of %p is %p cells of %p bits', (deviation, cellDeviation, shift) => {
    expect(gridNoiseScale(deviation)).toEqual({ cellDeviation, shift, cellSize: 2 ** shift });
  });

  it.each([0, 15.9, -1, NaN, Infinity, 2 ** 42])('a deviation of %p is refused', (deviation) => {
    const fill = () => fillGridNoise(keyOf(1), deviation, new Float64Array(2));
    expect(fill).toThrow(/^deviation: expected from 2\^4 to 2\^42 grid units, got .*; scale/);
  });

  it.each([1, -2, 0.5, NaN])('a first place of %p is refused', (first) => {
    expect(() => noiseOf(1, 100, 2, first)).toThrow(/^first: expected an even place/);
  });
});

// Golden values: every implementation and engine gives the same noise.
it.each([
  [16, [18, -3, -30, -1, 6, 15]],
  [1.25 * 2 ** 20, [1526294, -226937, -2379323, -65753, 491340, 1255472]],
  [1.25 * 2 ** 30, [1562780697, -232840613, 1045895782, -33522706, -963670189, -1349094258]],
])('noise of deviation %p is the same everywhere', (deviation, golden) => {
  expect([...noiseOf(3, deviation, 6)]).toEqual(golden);
});

describe.each([100, 2 ** 20, 2 ** 30])('noise of deviation %p', (deviation) => {
  const n = 200_000;
  const values = noiseOf(7, deviation, n);
  const z = values.map((value) => value / deviation);
  const mean = (f: (value: number, i: number) => number) =>
    z.reduce((sum, value, i) => sum + f(value, i), 0) / n;

  it('consists of whole numbers', () => {
    expect(values.every(Number.isSafeInteger)).toBe(true);
  });

  it('can be drawn from any place on, in any number', () => {
    for (const [first, count] of [
      [0, 1],
      [2, 5],
      [1000, 7],
      [n - 2, 2],
    ] as const) {
      expect(noiseOf(7, deviation, count, first)).toEqual(values.slice(first, first + count));
    }
  });

  it('has the moments of a normal distribution', () => {
    // Five standard errors each: the moments' variances are 1, 2, 15 and 96. Cells add less than
    // 10⁻⁵.
    const bound = (variance: number) => 5 * sqrt(variance / n);
    expect(abs(mean((x) => x) + (deviation < 1024 ? 0.5 / deviation : 0))).toBeLessThan(bound(1));
    expect(abs(mean((x) => x * x) - 1)).toBeLessThan(bound(2) + 1e-4);
    expect(abs(mean((x) => x ** 3))).toBeLessThan(bound(15) + 0.02);
    expect(abs(mean((x) => x ** 4) - 3)).toBeLessThan(bound(96) + 1e-3);
  });

  it.each([1, 2, 3, 4, 5, 8])('has no correlation at distance %d, also between squares', (lag) => {
    expect(abs(mean((x, i) => x * (z[i + lag] ?? 0)))).toBeLessThan(5.2 / sqrt(n));
    const ofSquares = mean((x, i) => (x * x - 1) * ((z[i + lag] ?? 1) ** 2 - 1));
    expect(abs(ofSquares)).toBeLessThan((2 * 5.2) / sqrt(n) + 1e-4);
  });

  it('has the right mass in the tails', () => {
    // P(|z| > 3) = 0.0026998, P(|z| > 4) = 6.3342e-5
    for (const [bound, p] of [
      [3, 0.0026998],
      [4, 6.3342e-5],
    ] as const) {
      const count = z.filter((x) => abs(x) > bound).length;
      expect(abs(count / n - p)).toBeLessThan(5 * sqrt(p / n) + p / 20);
    }
  });

  it('has uniform low bits', () => {
    for (let bit = 1; bit <= (deviation < 1024 ? 16 : 4096); bit *= 2) {
      const odd = values.filter((value) => (((value / bit) % 2) + 2) % 2 >= 1).length;
      expect(abs(odd / n - 0.5)).toBeLessThan(5 * sqrt(0.25 / n));
    }
  });
});

/** χ² of counts against probabilities, over all values whose expected count is at least ten. */
function squaredDistance(
  values: Iterable<number>,
  n: number,
  probability: (value: number) => number,
  range: number,
): { sum: number; freedom: number } {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let [sum, freedom] = [0, 0];
  for (let value = -range; value <= range; value++) {
    const expected = n * probability(value);
    if (expected < 10) continue;
    sum += ((counts.get(value) ?? 0) - expected) ** 2 / expected;
    freedom++;
  }
  return { sum, freedom };
}

it('of cells only has the distribution of a Gaussian rounded down', () => {
  const n = 400_000;
  const { sum, freedom } = squaredDistance(
    noiseOf(5, 16, n),
    n,
    (value) => gaussianMass(value, value + 1, 16),
    80,
  );
  expect(freedom).toBeGreaterThan(100);
  expect(abs(sum - freedom)).toBeLessThan(5 * sqrt(2 * freedom));
});

it.each([1, 3])('with uniform numbers of %d bits has the stated distribution', (shift) => {
  const n = 400_000;
  const random = new SeededRandom(shift, 'words');
  const cell = 2 ** shift;
  const values: number[] = [];
  const pair = new Float64Array(2);
  for (let i = 0; i < n; i += 2) {
    const words = Uint32Array.from({ length: 8 }, () => random.uint32());
    gridPairOfWords(words, 0, () => 0, { cellDeviation: 2.5, shift, cellSize: cell }, pair);
    values.push(...pair);
  }
  const constant = 2 - (3 * cell) / 2;
  const law = { cell, size: cell, count: 4 };
  const { sum, freedom } = squaredDistance(
    values,
    n,
    (value) => lawOfSum(value - constant, 2.5 * cell, law),
    20 * cell,
  );
  expect(freedom).toBeGreaterThan(8 * cell);
  expect(abs(sum - freedom)).toBeLessThan(5 * sqrt(2 * freedom));
});

it('has the distribution of a sum of uniform numbers in every combination of low bits', () => {
  // A radius below one cell, in the first quadrant: the cell is 0.
  const inCellZero = [0xffffffff, 0xffffffff, 0, 2 ** 29];
  const pair = new Float64Array(2);
  for (const shift of [1, 2]) {
    const counts = new Map<number, number>();
    const size = 2 ** shift;
    for (let bits = 0; bits < size ** 4; bits++) {
      const part = (i: number) => (bits >>> (shift * i)) % size;
      const half = (i: number) => part(i) * 2 ** (16 - shift);
      const words = [half(0) + 2 ** 16 * half(1), half(2) + 2 ** 16 * half(3)];
      gridPairOfWords(
        Uint32Array.of(...inCellZero, ...words, 0, 0),
        0,
        () => 0,
        { cellDeviation: 1, shift, cellSize: size },
        pair,
      );
      counts.set(pair[0]!, (counts.get(pair[0]!) ?? 0) + 1);
    }
    const law = uniformSumLaw(4, size);
    const expected = law.map((share, i) => [i + 2 - (3 * size) / 2, share * size ** 4]);
    expect([...counts].sort(([a], [b]) => a - b)).toEqual(expected);
  }
});

/** Bound on the distance of four uniform numbers from filling the cells: docs/noise.md. */
function bound(z: number, cells: number, size: number): number {
  const a = abs(z) + 5 / cells;
  const fourth = (a ** 4 + 6 * a ** 2 + 3) * (1 + 10 / size ** 2);
  const fifth = a ** 5 + 10 * a ** 3 + 15 * a;
  return (fourth / (720 * cells ** 4) + (0.012 * fifth) / cells ** 5) * exp((5 * a) / cells);
}

it.each([
  [8, 2],
  [8, 4],
  [16, 4],
  [8, 16],
])('of %d cells of %d numbers is as close to five uniform numbers as proven', (cells, size) => {
  const deviation = cells * size;
  let [share, largest] = [0, 0];
  for (let value = -6 * deviation; value <= 6 * deviation; value++) {
    const law = lawOfSum(value, deviation, { cell: size, size, count: 4 });
    // Up to a constant: ⌊N⌋ and five uniform numbers.
    const ideal = lawOfSum(value, deviation, { cell: 1, size, count: 5 });
    const shifted = lawOfSum(value + size - 1, deviation, { cell: 1, size, count: 5 });
    expect(ideal).toBeGreaterThan(0);
    const error = abs(law / shifted - 1);
    share = max(share, error / bound(value / deviation, cells, size));
    if (abs(value) < deviation) largest = max(largest, error);
  }
  expect(share).toBeLessThan(1);
  // Of the proven order: with three uniform numbers it would be of order σ⁻³.
  expect(largest).toBeLessThan(2 * bound(1, cells, size));
});

it('continues a radius of thirteen zeros from a separate block', () => {
  const key = keyOf(9);
  const stream = new ChaChaStream(key);
  const block = new Uint32Array(16);
  const found = new Float64Array(2);
  const expected = new Float64Array(2);
  let seen = 0;
  for (let pair = 0; seen < 2; pair++) {
    const words = Uint32Array.from({ length: 8 }, () => stream.uint32());
    if (words[1]! >>> 19 !== 0) continue;
    seen++;
    chacha20Block(key, pair, Uint32Array.of(0, 1, 0), block);
    const zeros = Math.clz32(block[0]!);
    expect(zeros).toBeLessThan(32);
    gridPairOfWords(words, 0, () => zeros, gridNoiseScale(2 ** 20), expected);
    fillGridNoise(key, 2 ** 20, found, 2 * pair);
    expect(found).toEqual(expected);
    expect(Math.hypot(...found) / 2 ** 20).toBeGreaterThan(sqrt(2 * 13 * Math.LN2) - 0.01);
  }
});

it('has enough words for 512 zeros of a radius', () => {
  const pair = new Float64Array(2);
  gridPairOfWords(new Uint32Array(8), 0, () => 512, gridNoiseScale(2 ** 26 - 1), pair);
  expect(Number.isSafeInteger(pair[0])).toBe(true);
  expect(floor(Math.log2(abs(pair[0]!)))).toBe(30);
});
