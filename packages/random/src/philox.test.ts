import { describe, expect, it } from '@jest/globals';
import { derivePhiloxKey, philox4x32, philoxKeyFromSeed } from './philox.ts';

describe('philox4x32', () => {
  // Known-answer vectors of the Random123 distribution (kat_vectors, philox4x32 10).
  it.each([
    [
      [0, 0],
      [0, 0, 0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0xa4093822, 0x299f31d0],
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ])('matches the published vector of key %j', (key, counter, expected) => {
    const out = new Uint32Array(4);
    const [c0, c1, c2, c3] = counter as [number, number, number, number];
    philox4x32(key as [number, number], c0, c1, c2, c3, out);
    expect([...out]).toEqual(expected);
  });
});

describe('derivePhiloxKey', () => {
  it('separates labels, their order and their boundaries', () => {
    const key = philoxKeyFromSeed(1);
    const derived = [
      derivePhiloxKey(key),
      derivePhiloxKey(key, ''),
      derivePhiloxKey(key, 'ab'),
      derivePhiloxKey(key, 'a', 'b'),
      derivePhiloxKey(key, 'b', 'a'),
      derivePhiloxKey(key, 'a long label of more than sixteen bytes'),
      derivePhiloxKey(key, 'a long label of more than sixteen bytez'),
    ].map(String);
    expect(new Set(derived).size).toBe(derived.length);
    expect(String(derivePhiloxKey(key, 'ab'))).toBe(derived[2]);
  });

  it('uses all 53 bits of a seed', () => {
    expect(philoxKeyFromSeed(2 ** 40)).not.toEqual(philoxKeyFromSeed(0));
  });

  it.each([-1, 0.5, NaN, 2 ** 53])('refuses the seed %p', (seed) => {
    expect(() => philoxKeyFromSeed(seed)).toThrow(/whole number/);
  });
});
