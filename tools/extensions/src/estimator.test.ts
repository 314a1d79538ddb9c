import '@tensorflow/tfjs-backend-cpu';
import { expect, it } from '@jest/globals';
import type { LossImpactEstimator } from '@dpquant/sensitivity';
import { trainPrivately } from '@dpquant/training';
import { classifier, shortRun, signs } from './signs.ts';

/**
 * An estimator of loss impacts: each privacy unit votes for the layer whose quantization costs it
 * most. A unit adds a single 1 to the votes, so the sensitivity is 1.
 */
const votes: LossImpactEstimator = {
  name: 'votes',
  batches: 1,
  sensitivity: 1,
  gridUnit: 2 ** -20,
  async measure(candidates, probe) {
    const losses = await probe.lossesOf(
      candidates.map(({ assignment }) => assignment),
      0,
    );
    const counts = new Float64Array(candidates.length);
    for (let unit = 0; unit < losses[0]!.length; unit++) {
      const worst = losses.reduce(
        (best, of, i) => (of[unit]! > losses[best]![unit]! ? i : best),
        0,
      );
      counts[worst]! += 2 ** 20;
    }
    return counts;
  },
  toImpacts: (released, expectedBatchSize) =>
    Float64Array.from(released, (count) => count / expectedBatchSize),
};

it('measures loss impacts by an estimator of its own, which are paid for', async () => {
  const run = { ...shortRun, policy: 'loss-aware', analysis: { estimator: votes } };
  const { schedule, ledger, delta, epsilon } = await trainPrivately(classifier(), signs(), run);
  const { released } = schedule[0]!.impacts!;
  expect(Object.keys(released)).toEqual(['hidden', 'logits']);
  // Votes of about 64 units, and their noise.
  const sum = Object.values(released).reduce((a, b) => a + b);
  expect(sum).toBeGreaterThan(0.3);
  expect(sum).toBeLessThan(1.7);
  const { analysis, total } = ledger.spending(delta);
  expect(analysis).toBeGreaterThan(0);
  expect(total).toBeLessThanOrEqual(epsilon * (1 + 1e-9));
});
