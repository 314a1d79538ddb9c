import { describe, expect, it } from '@jest/globals';
import { sampledGaussianRdp, sampledLaplaceRdp } from './rdp.ts';
import { rdpPerStep } from '../testing/referenceValues.ts';

describe('sampledGaussianRdp', () => {
  it.each(rdpPerStep)('q %d, σ %d, α %d is %d', (sampleRate, noiseMultiplier, order, exact) => {
    const ratio = sampledGaussianRdp(sampleRate, noiseMultiplier, order) / exact;
    expect(ratio).toBeLessThan(1 + 1e-9);
    // From above, as far as the 15 digits of the reference go.
    expect(ratio).toBeGreaterThan(1 - 1e-14);
  });

  /** [q, σ, α, divergence], by 40-digit quadrature, where series or digits are hard to come by. */
  it.each([
    [0.5, 1, 1.1, 0.15613047568549296],
    [0.9, 0.5, 1.3, 2.3016291957767185],
    [0.999, 2, 4.7, 0.5867333055208535],
    [1e-6, 1, 1.1, 9.450527071147071e-13],
    [1e-6, 1000, 1.5, 7.5000037499975e-19],
    [0.5, 1000, 2.5, 3.125001562500472e-7],
    [0.0001, 0.5, 3.7, 1.3910188454839097e-6],
    [0.3, 0.3, 1.9, 8.014465941126698],
    [0.7, 5, 10.9, 0.11622181847202834],
    [0.001, 0.3, 6.1, 25.62667179049849],
    [0.04, 30, 7.5, 6.6719329875141455e-6],
    [0.5, 10, 1.1, 0.0013770600149736018],
    [1e-6, 0.3, 1.1, 1.4010813104449924e-8],
  ])(
    'far from the usual settings, q %d, σ %d, α %d is %d',
    (sampleRate, noiseMultiplier, order, exact) => {
      const ratio = sampledGaussianRdp(sampleRate, noiseMultiplier, order) / exact;
      expect(ratio).toBeLessThan(1 + 2e-7);
      expect(ratio).toBeGreaterThan(1 - 1e-15);
    },
  );

  it('is that of the plain Gaussian at rate 1 and zero at rate 0', () => {
    expect(sampledGaussianRdp(1, 2, 3)).toBeCloseTo(3 / 8, 12);
    expect(sampledGaussianRdp(0, 0, 3)).toBe(0);
  });

  it('is Infinity without noise', () => {
    expect(sampledGaussianRdp(0.01, 0, 2)).toBe(Infinity);
  });

  it.each([1e-6, 1e-3, 0.1, 0.5, 0.9, 0.999])(
    'rises with the order, through fractions and integers, at rate %d',
    (sampleRate) => {
      for (const noiseMultiplier of [0.3, 1, 5, 1000]) {
        let previous = 0;
        for (let tenths = 11; tenths < 130; tenths++) {
          const value = sampledGaussianRdp(sampleRate, noiseMultiplier, tenths / 10);
          // At large noise the fractional orders carry their rounding error, about 1e-15, on top.
          expect(value).toBeGreaterThan(previous - 5e-14);
          previous = value;
        }
        expect(previous).toBeLessThanOrEqual(sampledGaussianRdp(1, noiseMultiplier, 13));
      }
    },
  );

  it('agrees between the integer sum and the fractional series next to it', () => {
    for (const sampleRate of [1e-4, 0.01, 0.3, 0.7, 0.99]) {
      for (const noiseMultiplier of [0.5, 1, 4]) {
        for (const order of [2, 3, 8, 20]) {
          const beside = (shift: number) =>
            sampledGaussianRdp(sampleRate, noiseMultiplier, order + shift);
          const middle = (beside(-1e-7) + beside(1e-7)) / 2;
          expect(Math.abs(middle / beside(0) - 1)).toBeLessThan(1e-9);
        }
      }
    }
  });

  it.each([
    [-0.1, 1, 2],
    [0.1, -1, 2],
    [0.1, 1, 1],
    [0.1, 1, NaN],
  ])('refuses q %d, σ %d, α %d', (sampleRate, noiseMultiplier, order) => {
    expect(() => sampledGaussianRdp(sampleRate, noiseMultiplier, order)).toThrow(RangeError);
  });
});

describe('sampledLaplaceRdp', () => {
  /** [q, b, α, divergence], by 30-digit quadrature of the worse direction, which is removal. */
  it.each([
    [1, 1, 2, 0.619123629998593],
    [1, 0.5, 3.5, 1.78440315519232],
    [0.1, 1, 2, 0.00853645701948974],
    [0.1, 1, 5, 0.0227983851158155],
    [0.01, 0.3, 4, 0.0041048207808743],
    [0.5, 2, 3, 0.0798645001404403],
  ])('q %d, b %d, α %d is %d', (sampleRate, scale, order, exact) => {
    const ratio = sampledLaplaceRdp(sampleRate, scale, order) / exact;
    expect(ratio).toBeGreaterThan(1 - 1e-14);
    expect(ratio).toBeLessThan(1 + 1e-11);
  });

  it('is an upper bound between integer orders', () => {
    const bound = sampledLaplaceRdp(0.3, 1, 2.5);
    expect(bound).toBeGreaterThan(0.0941011897674401);
    expect(bound).toBeLessThan(0.0941011897674401 * 1.1);
  });

  it('stays accurate for large noise', () => {
    // To second order the divergence is that of a Gaussian: α/2 times the variance of the loss,
    // 1/b².
    expect(sampledLaplaceRdp(1, 1e4, 2) * 1e8).toBeCloseTo(1, 3);
  });

  it('is zero at rate 0, Infinity without noise, and refuses invalid arguments', () => {
    expect(sampledLaplaceRdp(0, 0, 2)).toBe(0);
    expect(sampledLaplaceRdp(0.1, 0, 2)).toBe(Infinity);
    expect(() => sampledLaplaceRdp(0.1, -1, 2)).toThrow('scale');
  });
});
