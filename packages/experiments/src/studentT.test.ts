import { describe, expect, it } from '@jest/globals';
import { studentT } from './studentT.ts';

describe('studentT', () => {
  // scipy 1.x: stats.t.ppf((1 + confidence) / 2, degrees).
  it.each([
    [0.95, 1, 12.706204736174694],
    [0.95, 2, 4.302652729749462],
    [0.95, 3, 3.1824463052837078],
    [0.95, 4, 2.7764451051977934],
    [0.95, 5, 2.5705818356363146],
    [0.95, 9, 2.262157162798205],
    [0.95, 30, 2.0422724563012378],
    [0.95, 100, 1.9839715185235518],
    [0.95, 1001, 1.9623367052808798],
    [0.9, 2, 2.9199855803537242],
    [0.9, 29, 1.6991270265334972],
    [0.99, 1, 63.656741162871526],
    [0.99, 10, 3.16927267261695],
    [0.2, 3, 0.2766706623326898],
  ])("equals scipy's value for %f and %d degrees", (confidence, degrees, expected) => {
    expect(Math.abs(studentT(confidence, degrees) / expected - 1)).toBeLessThan(1e-12);
  });

  it('refuses invalid degrees of freedom and confidences', () => {
    expect(() => studentT(0.95, 0)).toThrow(/degrees: expected a whole number.*got 0/);
    expect(() => studentT(0.95, 1.5)).toThrow(/got 1.5/);
    expect(() => studentT(1, 3)).toThrow(/confidence: expected a number between 0 and 1, got 1/);
  });
});
