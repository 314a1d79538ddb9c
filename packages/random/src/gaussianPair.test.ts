import { describe, expect, it } from '@jest/globals';
import { gaussianPairOfWords } from './gaussianPair.ts';
import { SeededRandom } from './seededRandom.ts';
import { circle, fixed, float64, logarithm, one, squareRoot } from './testing/fixedPoint.ts';

const { abs, hypot, max } = Math;

/** The exact map of a corner of the cell of real numbers that the words represent. */
function exactPair(
  words: Uint32Array,
  corner: readonly [bigint, bigint],
  zeros: number,
): [bigint, bigint] {
  const [w0, w1, w2, w3] = [...words].map(BigInt) as [bigint, bigint, bigint, bigint];
  const leading = Number(w1 >> 19n);
  const exponent = leading === 0 ? 13 + zeros : Math.clz32(leading) - 19;
  const mantissa = ((w1 & 0x7ffffn) << 32n) + w0 + (1n << 51n) + corner[0];
  const radius = squareRoot(-2n * logarithm(mantissa, 1n << BigInt(52 + exponent)));
  const quadrant = w3 >> 30n;
  const cell = ((w3 & 0x3fffffffn) << 22n) + (w2 >> 10n) + corner[1];
  const turns = (quadrant << 52n) + cell - (1n << 51n) + (1n << 54n);
  const [cosine, sine] = circle(((turns % (1n << 54n)) * one) >> 54n);
  return [(radius * cosine) / one, (radius * sine) / one];
}

/** Greatest distance of a pair from the corners of its cell, as a fraction of the bound. */
function shareOfBound(words: Uint32Array, zeros = 0): number {
  const found = new Float64Array(2);
  gaussianPairOfWords(words, 0, () => zeros, 1, found);
  let worst = 0;
  for (const corner of [
    [0n, 0n],
    [0n, 1n],
    [1n, 0n],
    [1n, 1n],
  ] as const) {
    const exact = exactPair(words, corner, zeros);
    for (let i = 0; i < 2; i++) {
      const [x, y] = [abs(float64(exact[i]!)), abs(float64(exact[1 - i]!))];
      const bound = 2 ** -53 * (8.5 * x + 1.6 * y + (4.1 * x) / (x * x + y * y));
      worst = max(worst, abs(float64(fixed(found[i]!) - exact[i]!)) / bound);
    }
  }
  return worst;
}

const random = new SeededRandom(11, 'words');
const drawn = () => Uint32Array.from({ length: 4 }, () => random.uint32());

describe('a pair of variates', () => {
  it('is within its bound for all real numbers that its words represent', () => {
    let worst = 0;
    for (let i = 0; i < 1500; i++) {
      const words = drawn();
      // Of all magnitudes: small, large, and near the axes.
      if (i % 3 === 1) words[1] = (words[1]! >>> (i % 13)) | 0;
      if (i % 3 === 2) words[1] = ~(words[1]! >>> (i % 31));
      if (i % 4 === 3) words[3] = (words[3]! & 0xe0000000) + (random.uint32() >>> (3 + (i % 29)));
      worst = max(worst, shareOfBound(words));
    }
    expect(worst).toBeLessThan(1);
    // The bound is nearly reached.
    expect(worst).toBeGreaterThan(0.3);
  });

  it.each([0, 1, 100, 512])('is so with %d further zeros', (zeros) => {
    for (let i = 0; i < 20; i++) {
      const words = drawn();
      words[1]! &= 0x7ffff;
      expect(shareOfBound(words, zeros)).toBeLessThan(1);
    }
  });

  it('has the signs of its quadrant, also next to an axis', () => {
    const signs: number[][] = [];
    const pair = new Float64Array(2);
    // Cells around the axis in the middle of each quadrant of the words, and at its edges.
    for (let quadrant = 0; quadrant < 4; quadrant++) {
      for (const cell of [0, 2 ** 51 - 1, 2 ** 51, 2 ** 52 - 1]) {
        const high = quadrant * 2 ** 30 + Math.floor(cell / 2 ** 22);
        const low = (cell % 2 ** 22) * 2 ** 10;
        gaussianPairOfWords(Uint32Array.of(5, 2 ** 31, low, high), 0, () => 0, 1, pair);
        signs.push([...pair].map(Math.sign));
      }
    }
    const around = [
      [1, -1],
      [1, 1],
      [-1, 1],
      [-1, -1],
    ];
    const expected = around.flatMap((own, i) => [
      own,
      own,
      around[(i + 1) % 4],
      around[(i + 1) % 4],
    ]);
    expect(signs).toEqual(expected);
  });

  it('reaches 27 standard deviations, and is never zero or infinite', () => {
    const pair = new Float64Array(2);
    gaussianPairOfWords(new Uint32Array(4), 0, () => 512, 1, pair);
    expect(hypot(...pair)).toBeGreaterThan(26.9);
    expect(hypot(...pair)).toBeLessThan(27.1);
    gaussianPairOfWords(new Uint32Array(4).fill(0xffffffff), 0, () => 0, 1, pair);
    expect(hypot(...pair)).toBeGreaterThan(0);
    expect(hypot(...pair)).toBeLessThan(2 ** -25);
  });

  it('asks for further zeros only if its radius begins with thirteen zeros', () => {
    const pair = new Float64Array(2);
    let asked = 0;
    const zeros = () => ++asked;
    gaussianPairOfWords(Uint32Array.of(0, 2 ** 19, 0, 0), 0, zeros, 1, pair);
    expect(asked).toBe(0);
    gaussianPairOfWords(Uint32Array.of(0, 2 ** 19 - 1, 0, 0), 0, zeros, 1, pair);
    expect(asked).toBe(1);
  });
});
