import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {
  PrivacyLedger,
  type ComposedEvent,
  type GaussianEvent,
  type PoissonSampledEvent,
} from '@dpquant/accounting';
import type { PerExampleLoss } from '@dpquant/gradients';
import { perExample } from '@dpquant/sensitivity';
import { fullPrecision } from '@dpquant/scheduling';
import { sgd } from './optimizers/sgd.ts';
import { smallTrainer } from './testing/smallRun.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

/** No gradient at all, but one that reaches every weight. */
const zeroLoss: PerExampleLoss = (predictions) => tf.sum<tf.Tensor1D>(tf.mul(predictions, 0), -1);

const wideModel = () =>
  tfl.sequential({
    layers: [
      tfl.layers.flatten({ inputShape: [4, 4, 1] }),
      tfl.layers.dense({ units: 300, name: 'first' }),
      tfl.layers.dense({ units: 20, name: 'second' }),
    ],
  });

const steps = 12;
const clipNorm = 0.5;
const learningRate = 0.25;

/** Trains and returns what each step added to each kernel, and what the ledger says of it. */
async function updates({ chargedSteps = 0, analyses = false } = {}) {
  const model = wideModel();
  const kernels = ['first', 'second'].map(
    (name) => model.getLayer(name).trainableWeights[0]!.read() as tf.Variable,
  );
  const seen: Float32Array[][] = [];
  let before = kernels.map((kernel) => kernel.dataSync<'float32'>().slice());
  const estimator = perExample();
  const { trainer, ledger } = smallTrainer({
    model,
    loss: zeroLoss,
    ledger: new PrivacyLedger(),
    optimizer: sgd({ learningRate }),
    plan: {
      steps,
      clipNorm,
      noiseMultiplier: 1.3,
      chargedSteps,
      ...(analyses && {
        analyses: {
          ...{ sampleRate: 0.5, noiseMultiplier: 2, sensitivity: 1, valueCount: 2 },
          ...{ interval: 1, count: 3 },
        },
      }),
    },
    schedule: {
      policy: fullPrecision(),
      format: 'luq-fp4',
      budget: { quantizedFraction: 0 },
      ...(analyses && { analysis: { estimator, adaptive: false } }),
    },
    callbacks: {
      onStepEnd() {
        const after = kernels.map((kernel) => kernel.dataSync<'float32'>().slice());
        seen.push(after.map((values, k) => values.map((value, i) => value - before[k]![i]!)));
        before = after;
      },
    },
  });
  await trainer.run();
  return { seen, ledger };
}

function moments(values: Float32Array) {
  let sum = 0;
  let squares = 0;
  for (const value of Array.from(values)) {
    sum += value;
    squares += value * value;
  }
  return { mean: sum / values.length, deviation: Math.sqrt(squares / values.length) };
}

function correlation(x: Float32Array, y: Float32Array): number {
  const n = Math.min(x.length, y.length);
  let dot = 0;
  for (let i = 0; i < n; i++) dot += x[i]! * y[i]!;
  return dot / n / moments(x).deviation / moments(y).deviation;
}

describe('the noise, end to end', () => {
  it('has the deviation that the ledger claims, in every step and layer, around 0', async () => {
    const { seen, ledger } = await updates();
    const [entry] = ledger.entries;
    expect(entry!.count).toBe(steps);
    const [ideal, closeness] = (entry!.event as ComposedEvent).events;
    // Of every value: both kernels and both biases.
    expect(closeness).toEqual({ kind: 'noiseCloseness', divergence: 11_120 * 2 ** -76 });
    const { sampleRate, event } = ideal as PoissonSampledEvent;
    const claimed = (event as GaussianEvent).noiseMultiplier;
    const expected = (claimed * clipNorm * learningRate) / (sampleRate * 60);
    const errors = seen.flatMap((kernels) =>
      kernels.map((values) => {
        const { mean, deviation } = moments(values);
        const standardError = 1 / Math.sqrt(2 * values.length);
        return Math.max(
          Math.abs(deviation / expected - 1) / standardError,
          (Math.abs(mean) / expected) * Math.sqrt(values.length),
        );
      }),
    );
    expect(errors).toHaveLength(2 * steps);
    // 48 normal variables: 5 is exceeded once in thirty thousand runs.
    expect(Math.max(...errors)).toBeLessThan(5);
  });

  it('is not correlated across layers, steps, runs and resumes, with analyses or without', async () => {
    const runs = [
      await updates(),
      await updates({ chargedSteps: 6 }),
      await updates({ analyses: true }),
    ];
    const noises = runs.flatMap(({ seen }) => seen.flat());
    expect(noises).toHaveLength(2 * (12 + 6 + 12));
    const worst: number[] = [];
    noises.forEach((x, i) => {
      for (const y of noises.slice(i + 1)) {
        worst.push(Math.abs(correlation(x, y)) * Math.sqrt(Math.min(x.length, y.length)));
      }
    });
    // 1770 normal variables: 5.6 is exceeded once in twenty thousand runs.
    expect(Math.max(...worst)).toBeLessThan(5.6);
  });
});
