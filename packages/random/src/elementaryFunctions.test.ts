import { describe, expect, it } from '@jest/globals';
import { cosineOfWord, logarithm, sineOfWord } from './elementaryFunctions.ts';
import { SeededRandom } from './seededRandom.ts';
import { uniform } from './randomSource.ts';

// Local names: looking up a global is slow where globals are intercepted.
const { abs, cos, floor, log, log2, max, PI, sin } = Math;

/** Distance of a value from a nearly exact one, in units in the last place of the latter. */
function unitsInLastPlace(value: number, exact: number): number {
  const unit = 2 ** (floor(log2(abs(exact))) - 52);
  return abs(value - exact) / unit;
}

const random = new SeededRandom(3, 'elementary functions');

// Correctly rounded, from 300 bits.
describe('logarithm', () => {
  it.each([
    [2 ** -54, -37.42994775023705],
    [3 * 2 ** -54, -36.33133546156894],
    [1e-9, -20.72326583694641],
    [0.1, -2.3025850929940455],
    [0.3678794411714423, -1.0000000000000002],
    [0.5, -0.6931471805599453],
    [0.70703125, -0.3466804132137367],
    [0.7071067811865475, -0.34657359027997275],
    [0.75, -0.2876820724517809],
    [1 - 2 ** -53, -1.1102230246251565e-16],
  ])('of %p is %p', (x, exact) => {
    expect(unitsInLastPlace(logarithm(x), exact)).toBeLessThanOrEqual(3);
  });

  it('of 1 is 0', () => {
    expect(logarithm(1) === 0).toBe(true);
  });

  it('stays within 3 units in the last place at all magnitudes', () => {
    let worst = 0;
    for (let i = 0; i < 50_000; i++) {
      const x = (0.5 + uniform(random) / 2) * 2 ** -(i % 54);
      worst = max(worst, unitsInLastPlace(logarithm(x), log(x)));
      // Near 1 too, where the logarithm is small.
      const near = 1 - 2 ** -((i % 52) + 1) * (0.5 + uniform(random) / 2);
      if (near < 1) worst = max(worst, unitsInLastPlace(logarithm(near), log(near)));
    }
    expect(worst).toBeLessThanOrEqual(3);
  });
});

describe('sine and cosine', () => {
  it.each([
    [0, 1, 7.314590396335798e-10],
    [1, 1, 2.1943771189007394e-9],
    [2 ** 29 - 1, 0.7071067817037672, 0.7071067806693279],
    [2 ** 29, 0.7071067806693279, 0.7071067817037672],
    [2 ** 30 - 1, 7.314590396335798e-10, 1],
    [2 ** 30, -7.314590396335798e-10, 1],
    [2 ** 31 - 1, -1, 7.314590396335798e-10],
    [2 ** 31, -1, -7.314590396335798e-10],
    [3 * 2 ** 30, 7.314590396335798e-10, -1],
    [2 ** 32 - 1, 1, -7.314590396335798e-10],
    [123456789, 0.9837348101726142, 0.1796269001420741],
    [3456789012, 0.337829784787368, -0.9412072229379249],
  ])('of word %p are %p and %p', (word, cosine, sine) => {
    expect(unitsInLastPlace(cosineOfWord(word), cosine)).toBeLessThanOrEqual(3);
    expect(unitsInLastPlace(sineOfWord(word), sine)).toBeLessThanOrEqual(3);
  });

  it('stay within 3 units in the last place in every octant', () => {
    let worst = 0;
    for (let i = 0; i < 50_000; i++) {
      const word = random.uint32();
      // Within the first octant, where `Math.sin` and `Math.cos` of a rounded angle are exact
      // enough.
      const octant = word % 2 ** 29;
      const angle = (2 * PI * (octant + 0.5)) / 2 ** 32;
      const [sine, cosine] = [sin(angle), cos(angle)];
      worst = max(
        worst,
        unitsInLastPlace(sineOfWord(octant), sine),
        unitsInLastPlace(cosineOfWord(octant), cosine),
        unitsInLastPlace(sineOfWord(2 ** 30 - 1 - octant), cosine),
        unitsInLastPlace(cosineOfWord(2 ** 31 - 1 - octant), -cosine),
        unitsInLastPlace(sineOfWord(2 ** 31 + octant), -sine),
      );
    }
    expect(worst).toBeLessThanOrEqual(3);
  });
});
