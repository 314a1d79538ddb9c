import '@tensorflow/tfjs-backend-cpu';
import { expect, it } from '@jest/globals';
import { registerClippingRule } from '@dpquant/mechanisms';
import { trainPrivately } from '@dpquant/training';
import { classifier, shortRun, signs } from './signs.ts';

/** Norms that the rule has seen. */
const seen: number[] = [];

/**
 * A clipping rule: gradients shorter than a tenth of the clip norm are left out. A unit adds at
 * most the clip norm, less a margin for the roundings of float32.
 */
registerClippingRule('dead-zone', (clipNorm) => ({
  name: 'dead-zone',
  sensitivity: clipNorm,
  scope: 'gradient',
  factors: (norms) =>
    Float32Array.from(norms, (norm) => {
      seen.push(norm);
      if (!(norm >= clipNorm / 10 && norm < 1e30)) return 0;
      return Math.min(1, (clipNorm / norm) * (1 - 2 ** -20));
    }),
}));

it('clips by a rule of its own', async () => {
  const run = { ...shortRun, clipping: 'dead-zone' };
  const { metrics, epsilon } = await trainPrivately(classifier(), signs(), run);
  expect(seen.length).toBeGreaterThan(20 * 32);
  expect(metrics.accuracy).toBeGreaterThan(0.8);
  expect(epsilon).toBeLessThanOrEqual(4);
});
