import { describe, expect, it } from '@jest/globals';
import { gaussianDelta, gaussianEpsilon } from './gaussianProfile.ts';

describe('gaussianDelta', () => {
  /** [ε, σ, δ] in 60-digit arithmetic. */
  it.each([
    [4.3771781, 1.0, 9.99999981499445e-6],
    [1.0, 3.7306316, 1.0000001549526594e-5],
    [0.0, 1.0, 0.3829249225480262],
    [0.0, 1000.0, 0.0003989422637788383],
    [0.01, 100.0, 0.0008373242674773423],
    [30.0, 0.3, 3.4364735681350067e-14],
    [0.5, 20.0, 4.797291362662317e-26],
    [5.0, 0.5, 0.03228198475007282],
    [1e-6, 100000.0, 3.5093550667078477e-6],
    [60.0, 0.1, 0.13683538039646126],
  ])('at ε %d, σ %d is %d, never less', (epsilon, noiseMultiplier, exact) => {
    const ratio = gaussianDelta(epsilon, noiseMultiplier) / exact;
    expect(ratio).toBeGreaterThanOrEqual(1 - 2 ** -52);
    expect(ratio).toBeLessThan(1 + 1e-9);
  });
});

describe('gaussianEpsilon', () => {
  it('has the published value', () => {
    expect(Math.abs(gaussianEpsilon(1e-5, 1) - 4.3771781)).toBeLessThan(1e-7);
    expect(Math.abs(gaussianEpsilon(1e-5, 3.7306316) - 1)).toBeLessThan(1e-7);
  });

  it('is on the safe side, to the last digit', () => {
    for (const noiseMultiplier of [1e-3, 0.3, 1, 30, 1e5]) {
      for (const delta of [1e-15, 1e-5, 0.1]) {
        const epsilon = gaussianEpsilon(delta, noiseMultiplier);
        expect(gaussianDelta(epsilon, noiseMultiplier)).toBeLessThanOrEqual(delta);
        if (epsilon > 0)
          expect(gaussianDelta(epsilon * (1 - 1e-12), noiseMultiplier)).toBeGreaterThan(delta);
      }
    }
  });
});
