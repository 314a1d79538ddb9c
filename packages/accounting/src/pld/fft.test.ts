import { describe, expect, it } from '@jest/globals';
import { forEachFrequency, FourierTransform } from './fft.ts';

/** Numbers that follow no pattern that a transform could respect. */
const signal = (length: number, seed: number): Float64Array =>
  Float64Array.from({ length }, (_, index) => Math.sin(seed + 12.9898 * index * index) % 1);

function naive(re: Float64Array, im: Float64Array): [number, number][] {
  return Array.from(re, (_, k) => {
    let sumRe = 0;
    let sumIm = 0;
    for (const [j, x] of re.entries()) {
      const angle = (-2 * Math.PI * ((j * k) % re.length)) / re.length;
      sumRe += x * Math.cos(angle) - im[j]! * Math.sin(angle);
      sumIm += x * Math.sin(angle) + im[j]! * Math.cos(angle);
    }
    return [sumRe, sumIm];
  });
}

const reversed = (index: number, bits: number): number =>
  parseInt(index.toString(2).padStart(bits, '0').split('').reverse().join(''), 2);

describe.each([3, 4, 5, 6, 9])('FourierTransform of length 2^%d', (bits) => {
  const length = 2 ** bits;
  const transform = new FourierTransform(length);

  it('equals the defining sum, in bit-reversed order', () => {
    const re = signal(length, 1);
    const im = signal(length, 2);
    const expected = naive(re, im);
    const size = Math.sqrt(length) * Math.hypot(...re, ...im);
    transform.forward(re, im);
    let error = 0;
    for (let position = 0; position < length; position++) {
      const [exactRe, exactIm] = expected[reversed(position, bits)]!;
      error = Math.hypot(error, re[position]! - exactRe, im[position]! - exactIm);
    }
    // The naive sum has an error of its own, of about √length.
    expect(error / size).toBeLessThan(transform.relativeError + 1e-15 * Math.sqrt(length));
  });

  it('is inverted by the inverse transform', () => {
    const re = signal(length, 1);
    const im = signal(length, 2);
    transform.forward(re, im);
    transform.inverse(re, im);
    for (const [index, value] of signal(length, 1).entries())
      expect(re[index]).toBeCloseTo(value, 13);
    for (const [index, value] of signal(length, 2).entries())
      expect(im[index]).toBeCloseTo(value, 13);
  });

  it('pairs every frequency with its negative, once', () => {
    const seen = new Set<number>();
    forEachFrequency(length, (position, opposite) => {
      expect(seen.has(position)).toBe(false);
      seen.add(position).add(opposite);
      expect((reversed(position, bits) + reversed(opposite, bits)) % length).toBe(0);
    });
    expect(seen.size).toBe(length);
  });
});
