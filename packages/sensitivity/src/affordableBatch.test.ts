import { expect, it } from '@jest/globals';
import { affordableBatchSize, analysisShareOfTime } from './affordableBatch.ts';

it('is the batch of a step if that takes little of the time', () => {
  // The run of `npm start`.
  expect(affordableBatchSize({ steps: 128, batchSize: 512, analyses: 4, layers: 4 })).toBe(512);
});

it('has as many units as the share of the time allows', () => {
  const run = { steps: 159, batchSize: 1024, analyses: 2, layers: 22 };
  const units = affordableBatchSize(run);
  expect(units).toBe(619);
  const forwardPasses = (share: number) => share * run.steps * run.batchSize * 3.5;
  expect(units * run.analyses * (run.layers + 1)).toBeLessThanOrEqual(forwardPasses(0.05));
  expect((units + 1) * run.analyses * (run.layers + 1)).toBeGreaterThan(forwardPasses(0.05));
  expect(affordableBatchSize(run, 0.025)).toBe(309);
});

it('has at least 32 units, and at most those of a step', () => {
  const short = { steps: 20, analyses: 2, layers: 21 };
  expect(affordableBatchSize({ ...short, batchSize: 256 })).toBe(32);
  expect(affordableBatchSize({ ...short, batchSize: 16 })).toBe(16);
  expect(affordableBatchSize({ ...short, batchSize: 256, analyses: 0 })).toBe(256);
});

it('reports the share of the time that the fewest units take in a short run', () => {
  const short = { steps: 24, batchSize: 32, analyses: 1, layers: 21 };
  // 22 passes of a step's batch, of 24 steps that take as long as 3.5 each.
  expect(analysisShareOfTime(short, affordableBatchSize(short))).toBeCloseTo(22 / (24 * 3.5), 12);
  const long = { ...short, steps: 240 };
  expect(analysisShareOfTime(long, affordableBatchSize(long))).toBeLessThanOrEqual(0.05);
});
