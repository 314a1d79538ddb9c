import { describe, expect, it } from '@jest/globals';
import { digestsOf } from './digests.ts';

describe('digests of examples', () => {
  it('are equal for equal values, in any batch', () => {
    const [first, , third] = digestsOf(Float32Array.of(1, 2, 3, 4, 1, 2), 3);
    expect(first).toBe(third);
    expect(digestsOf(Float32Array.of(7, 7, 1, 2), 2)[1]).toBe(first);
  });

  it('treat all NaN, and 0 and −0, as equal', () => {
    const otherNaN = new Float32Array(Int32Array.of(0x7fc12345).buffer)[0]!;
    const [first, second] = digestsOf(Float32Array.of(NaN, 0, otherNaN, -0), 2);
    expect(first).toBe(second);
  });

  it.each([
    ['the last bit of a value', Float32Array.of(1, 2, 1, 2 + 2 ** -22)],
    ['a sign', Float32Array.of(1, 2, 1, -2)],
    ['the order', Float32Array.of(1, 2, 2, 1)],
    ['not being a number', Float32Array.of(1, 2, 1, NaN)],
    ['a large whole number', Int32Array.of(1, 2 ** 30, 1, 2 ** 30 + 1)],
    ['a truth', Uint8Array.of(1, 0, 1, 1)],
  ])('differ where %s does', (_, values) => {
    const [first, second] = digestsOf(values, 2);
    expect(first).not.toBe(second);
  });

  it('are all different for different values', () => {
    const values = Float32Array.from({ length: 200_000 }, (_, i) => i);
    expect(new Set(digestsOf(values, values.length)).size).toBe(values.length);
  });
});
