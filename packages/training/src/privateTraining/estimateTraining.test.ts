import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { learnableExamples, twoLayers } from '../testing/learnableExamples.ts';
import { weightsOf } from '../testing/smallRun.ts';
import { estimateTraining } from './estimateTraining.ts';
import { trainPrivately } from './trainPrivately.ts';

jest.setTimeout(60_000);

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const { inputs, classes } = learnableExamples(300, 4);
const data = { inputs, targets: classes };
const options = { epsilon: 3, delta: 1e-4, epochs: 4, batchSize: 50, physicalBatchSize: 16 };

describe('estimateTraining', () => {
  it('plans the same run as trainPrivately, and leaves the model unchanged', async () => {
    const model = twoLayers(4, 2);
    const before = weightsOf(model);
    const { numTensors } = tf.memory();
    const estimate = await estimateTraining(model, data, { ...options, seed: 3 });
    expect(weightsOf(model)).toEqual(before);
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(estimate).toMatchObject({
      ...{ steps: 20, stepsPerEpoch: 5, unitCount: 240, analyses: 2, task: 'classification' },
      ...{ delta: 1e-4, guarantee: 'differential privacy', warnings: [] },
    });
    const { training, analysis, total } = estimate.epsilon;
    expect(total).toBeLessThanOrEqual(3);
    expect(Math.max(training, analysis)).toBeLessThan(total);
    expect(training + analysis).toBeGreaterThan(total);
    const { plan, epsilon } = await trainPrivately(model, data, options);
    expect(plan).toEqual(estimate.plan);
    expect(epsilon).toBeCloseTo(total, 12);
  });

  it('estimates the time of all steps and analyses', async () => {
    const of = (changes: object) =>
      estimateTraining(twoLayers(4, 2), data, { ...options, ...changes });
    const { seconds, secondsPerStep, steps } = await of({});
    expect(secondsPerStep).toBeGreaterThan(0);
    expect(seconds).toBeGreaterThan(secondsPerStep * steps);
    const full = await of({ policy: 'full' });
    expect(full.seconds).toBe(full.secondsPerStep * full.steps);
  });

  it('warns of a δ that one example outright would satisfy', async () => {
    const { warnings } = await estimateTraining(twoLayers(4, 2), data, { ...options, delta: 0.01 });
    expect(warnings).toEqual([expect.stringMatching(/^δ = 0.01 is not below 1\/240/)]);
  });
});
