import { describe, expect, it } from '@jest/globals';
import { quadratureRule } from './quadrature.ts';

describe('quadratureRule', () => {
  /** The integral over [0, 1] by the rule for how much the integrand changes there. */
  const integral = (change: number, f: (x: number) => number): number => {
    const { panels, nodes, weights } = quadratureRule(change);
    let sum = 0;
    for (let panel = 0; panel < panels; panel++) {
      for (const [index, node] of nodes.entries()) {
        sum += (f((panel + node) / panels) * weights[index]!) / panels;
      }
    }
    return sum;
  };

  it.each([1e-5, 2.9e-4, 3.1e-4, 0.0249, 0.0251, 0.299, 0.301, 1.4, 1.6, 70, 700])(
    'integrates exponentials that change by e^%d, and one that vanishes at an end',
    (change) => {
      const plain = integral(change, (x) => Math.exp(-change * x));
      expect(Math.abs((plain * change) / -Math.expm1(-change) - 1)).toBeLessThan(1e-13);
      const vanishing = integral(change, (x) => -Math.expm1(-change * (1 - x)));
      // 1 − (1 − e^(−c))/c, by its series where it cancels.
      const exact =
        change < 0.1
          ? [2, -6, 24, -120, 720, -5040].reduce((sum, n, k) => sum + change ** (k + 1) / n, 0)
          : 1 + Math.expm1(-change) / change;
      expect(Math.abs(vanishing / exact - 1)).toBeLessThan(1e-12);
    },
  );
});
