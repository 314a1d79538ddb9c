import { describe, expect, it } from '@jest/globals';
import { erfc, logErfc } from './erfc.ts';

/** [x, erfc(x)] in 40-digit arithmetic, on both sides of every seam between two approximations. */
const values: [number, number][] = [
  [-6, 2],
  [-2.5, 1.999593047982555],
  [-0.3, 1.3286267594591274],
  [0, 1],
  [0.1, 0.887537083981715],
  [0.46, 0.5153446099983203],
  [0.47, 0.5062549491139179],
  [1, 0.15729920705028513],
  [2.3, 0.0011431765973566514],
  [3.9, 3.479224859723174e-8],
  [4.1, 6.700027654084898e-9],
  [8, 1.1224297172982926e-29],
  [20, 5.395865611607901e-176],
  [3.3, 0.000003057709796438165],
  [7.7, 1.2942740067717136e-27],
  [20.27, 1.0097437587012783e-180],
  [25.3, 2.293036860845902e-280],
  [26, 5.663192408856143e-296],
];

const logarithms: [number, number][] = [
  [-3, 0.6931361352504468],
  [0.2, -0.25193223378261664],
  [0.5, -0.7350111298370844],
  [5, -27.200889545537436],
  [30, -903.9741171106439],
  [100, -10005.177585122665],
  [1e4, -100000009.78270532],
];

const relativeError = (value: number, exact: number): number => Math.abs(value / exact - 1);

describe('erfc', () => {
  it.each(values)('at %d is %d', (x, exact) => {
    expect(relativeError(erfc(x), exact)).toBeLessThan(4e-15);
  });
});

describe('logErfc', () => {
  it.each(logarithms)('at %d is %d', (x, exact) => {
    expect(relativeError(logErfc(x), exact)).toBeLessThan(4e-15);
  });
});
