import { describe, expect, it } from '@jest/globals';
import { logRatioOfLoss, sampledLoss } from './sampledLoss.ts';

describe('the loss of a sampled mechanism', () => {
  /** [q, λ, log(1 − q + q·e^λ)], by mpmath 1.4.1 in 60 digits, with q the float64 nearest. */
  it.each([
    [0.01, 0.5, 0.006466261304635256],
    [0.01, -3, -0.009547562584682468],
    [0.01, 20, 15.394830018066097],
    [1e-9, 0.001, 1.0005001667078412e-12],
    [1e-9, 30, 9.2768277349052],
    [0.5, -50, -0.6931471805599453],
    [0.3, 800, 798.796027195674],
    [0.999999999999, -20, -19.999514963187654],
    [0.999999999999, -40, -27.631038989454144],
    [0.9999999999999999, -30, -29.99881426624695],
    [0.9999999999999999, -100, -36.7368005696771],
    [0.9, -0.1, -0.08953782807312816],
    [0.999, 900, 899.9989994996664],
    [1e-300, 600, 3.77302030092994e-40],
    [1e-5, -700, -1.0000050000333337e-5],
  ])('at rate %d and log ratio %d is %d', (sampleRate, logRatio, expected) => {
    const loss = sampledLoss(sampleRate, logRatio);
    expect(Math.abs(loss - expected)).toBeLessThanOrEqual(4e-15 * Math.abs(expected));
  });

  it('is the log ratio at rate 1, however far', () => {
    for (const logRatio of [-1e9, -800, -38, -1e-9, 0, 1e-300, 5, 900, 1e9]) {
      expect(sampledLoss(1, logRatio)).toBe(logRatio);
      expect(logRatioOfLoss(1, logRatio)).toBe(logRatio);
    }
  });

  it.each([1e-300, 1e-9, 0.01, 0.3, 0.7, 1 - 1e-6, 1 - 2 ** -53])(
    'grows with the log ratio, and is inverted, at rate %d',
    (sampleRate) => {
      let before = -Infinity;
      for (let logRatio = -900; logRatio < 2000; logRatio += 7.3) {
        const loss = sampledLoss(sampleRate, logRatio);
        expect(loss).toBeGreaterThanOrEqual(before);
        expect(loss).toBeLessThanOrEqual(Math.max(0, logRatio));
        before = loss;
        // Where the loss has the digits for it.
        if (loss > 1e-3) {
          const back = logRatioOfLoss(sampleRate, loss);
          expect(Math.abs(back - logRatio)).toBeLessThan(1e-9 * Math.max(1, Math.abs(logRatio)));
        }
      }
    },
  );

  it('is −∞ below the smallest loss', () => {
    expect(logRatioOfLoss(0.5, Math.log(0.5) - 1e-9)).toBe(-Infinity);
    expect(logRatioOfLoss(0.01, -1)).toBe(-Infinity);
  });
});
