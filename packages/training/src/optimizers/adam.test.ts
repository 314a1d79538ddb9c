import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { fillGaussian, SeededRandom } from '@dpquant/random';
import { adam, adamBC, adamW } from './adam.ts';
import type { Optimizer } from './optimizer.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const start = [1, -2, 0.5, 0];
const learningRates = [0.1, 0.05, 0.2, 0.01, 0.1, 0.1, 0.02, 0.3];
const noiseDeviations = [0.3, 0.3, 0.1, 0.5, 0.2, 0.2, 0.4, 0.1];
const gradients = learningRates.map((_, step) =>
  Float32Array.from(start, (_, i) => Math.cos(5 * step + 2 * i) * 10 ** -i),
);
const learningRate = (step: number) => learningRates[step]!;

/** Weights after each of the steps above, divided into two weights of other shapes. */
function trajectory(optimizer: Optimizer): number[][] {
  const variables = [[1, 3] as const, [] as const].map((shape, i) =>
    tf.tidy(() => tf.variable(tf.tensor(i === 0 ? start.slice(0, 3) : start.slice(3), [...shape]))),
  );
  const result = gradients.map((gradient, step) => {
    const mean = new Map([
      [variables[0]!.name, gradient.slice(0, 3)],
      [variables[1]!.name, gradient.slice(3)],
    ]);
    optimizer.apply(variables, mean, { step, noiseDeviation: noiseDeviations[step]! });
    return variables.flatMap((variable) => [...variable.dataSync()]);
  });
  tf.dispose(variables);
  return result;
}

/**
 * The same from the definitions, in float64: each moving average as its weighted sum over all
 * steps, divided by the sum of the weights.
 */
function expectedTrajectory(
  beta1: number,
  beta2: number,
  denominator: (secondMoment: number, noiseVariance: number, step: number) => number,
  weightDecay = 0,
): number[][] {
  const average = (values: number[], beta: number) => {
    const weights = values.map((_, i) => beta ** (values.length - 1 - i));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return values.reduce((sum, value, i) => sum + (weights[i]! / total) * value, 0);
  };
  const weights = [...start];
  return learningRates.map((rate, step) => {
    const noise = noiseDeviations.slice(0, step + 1).map((s) => s * s);
    weights.forEach((weight, i) => {
      const seen = gradients.slice(0, step + 1).map((gradient) => gradient[i]!);
      const first = average(seen, beta1);
      const second = average(
        seen.map((g) => g * g),
        beta2,
      );
      const change = first / denominator(second, average(noise, beta2), step);
      weights[i] = weight - rate * weightDecay * weight - rate * change;
    });
    return [...weights];
  });
}

/** To 2e-6: weights are about 1, and each of 8 steps rounds them to float32 twice, by 6e-8. */
function expectClose(actual: number[][], expected: number[][]): void {
  actual.forEach((weights, step) =>
    weights.forEach((weight, i) => {
      expect(Math.abs(weight - expected[step]![i]!)).toBeLessThan(2e-6);
    }),
  );
}

describe('adam', () => {
  it('follows its definition', () => {
    const denominator = (second: number) => Math.sqrt(second) + 1e-8;
    expectClose(trajectory(adam({ learningRate })), expectedTrajectory(0.9, 0.999, denominator));
  });

  it('uses its options', () => {
    const options = { learningRate, beta1: 0.5, beta2: 0.8, epsilon: 0.1 };
    const denominator = (second: number) => Math.sqrt(second) + 0.1;
    expectClose(trajectory(adam(options)), expectedTrajectory(0.5, 0.8, denominator));
  });

  it('refuses invalid options', () => {
    for (const value of [-0.1, 1, NaN]) {
      expect(() => adam({ learningRate, beta1: value })).toThrow(/beta1/);
      expect(() => adam({ learningRate, beta2: value })).toThrow(/beta2/);
    }
    for (const epsilon of [0, -1, NaN, Infinity]) {
      expect(() => adam({ learningRate, epsilon })).toThrow(/epsilon/);
    }
  });
});

describe('adamW', () => {
  it('subtracts a share of the weights, independent of the moments', () => {
    const denominator = (second: number) => Math.sqrt(second) + 1e-8;
    expectClose(
      trajectory(adamW({ learningRate, weightDecay: 0.3 })),
      expectedTrajectory(0.9, 0.999, denominator, 0.3),
    );
    expectClose(
      trajectory(adamW({ learningRate })),
      expectedTrajectory(0.9, 0.999, denominator, 0.01),
    );
  });

  it('equals adam without decay', () => {
    expect(trajectory(adamW({ learningRate, weightDecay: 0 }))).toEqual(
      trajectory(adam({ learningRate })),
    );
  });

  it('refuses invalid options', () => {
    for (const weightDecay of [-0.1, NaN, Infinity]) {
      expect(() => adamW({ learningRate, weightDecay })).toThrow(/weightDecay/);
    }
    expect(() => adamW({ learningRate, epsilon: 0 })).toThrow(/epsilon/);
  });
});

describe('adamBC', () => {
  it('follows its definition, with noise that differs from step to step', () => {
    const denominator = (second: number, noise: number) =>
      Math.sqrt(Math.max(second - noise, 0.02));
    expectClose(
      trajectory(adamBC({ learningRate, secondMomentFloor: 0.02 })),
      expectedTrajectory(0.9, 0.999, denominator),
    );
  });

  it('has a floor of two standard errors of the second moment on pure noise', () => {
    const beta2 = 0.8;
    const denominator = (second: number, noise: number, step: number) => {
      const weights = Array.from({ length: step + 1 }, (_, i) => beta2 ** i);
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      const squares = weights.reduce((sum, weight) => sum + (weight / total) ** 2, 0);
      return Math.sqrt(Math.max(second - noise, 2 * noise * Math.sqrt(2 * squares)));
    };
    expectClose(
      trajectory(adamBC({ learningRate, beta2 })),
      expectedTrajectory(0.9, beta2, denominator),
    );
  });

  it('has the floor as denominator on pure noise, where adam has the noise', () => {
    const s = 0.01;
    // The standard error of the second moment is s²·√(2·(1−β₂)/(1+β₂)) = 0.032·s² in the long run:
    // a floor of 0.2·s² is more than 6 of them, the default 2.
    const secondMomentFloor = 0.2 * s * s;
    for (const root of denominatorsOnNoise(adam({ learningRate: 1, beta1: 0 }), s)) {
      expect(Math.abs(root / s - 1)).toBeLessThan(0.1);
    }
    const floored = adamBC({ learningRate: 1, beta1: 0, secondMomentFloor });
    for (const root of denominatorsOnNoise(floored, s)) {
      expect(root / Math.sqrt(secondMomentFloor)).toBeCloseTo(1, 5);
    }
    const roots = denominatorsOnNoise(adamBC({ learningRate: 1, beta1: 0 }), s);
    const least = Math.min(...roots);
    // √(2·0.0316·√((1+β₂ᵗ)/(1−β₂ᵗ))) at t = 3,000
    expect(least / s).toBeCloseTo(0.258, 3);
    expect(roots.filter((root) => root < 1.0001 * least).length).toBeGreaterThan(
      0.9 * roots.length,
    );
  });

  it('equals adam without noise', () => {
    const steps = (optimizer: Optimizer) => {
      const weight = tf.variable(tf.tensor1d([1]));
      for (let step = 0; step < 5; step++) {
        const mean = new Map([[weight.name, Float32Array.of(Math.cos(step))]]);
        optimizer.apply([weight], mean, { step, noiseDeviation: 0 });
      }
      const [value] = weight.dataSync();
      weight.dispose();
      return value!;
    };
    const withoutNoise = steps(adamBC({ learningRate: 0.1 }));
    expect(withoutNoise).toBeCloseTo(steps(adam({ learningRate: 0.1 })), 6);
  });

  it('does not move at gradient 0 without noise', () => {
    const weight = tf.variable(tf.tensor1d([1]));
    const mean = new Map([[weight.name, Float32Array.of(0)]]);
    adamBC({ learningRate: 1 }).apply([weight], mean, { step: 0, noiseDeviation: 0 });
    expect([...weight.dataSync()]).toEqual([1]);
    weight.dispose();
  });

  it('refuses invalid options and noise deviations', () => {
    for (const secondMomentFloor of [0, -1, NaN, Infinity]) {
      expect(() => adamBC({ learningRate, secondMomentFloor })).toThrow(/secondMomentFloor/);
    }
    for (const noiseDeviation of [-1, NaN, Infinity]) {
      expect(() =>
        adamBC({ learningRate }).apply([], new Map(), { step: 0, noiseDeviation }),
      ).toThrow(`adam-bc: expected a noise deviation of at least 0, got ${noiseDeviation}`);
    }
  });
});

/**
 * Denominators g/Δw after 3,000 steps on 64 values of noise with deviation s, at learning rate 1.
 */
function denominatorsOnNoise(optimizer: Optimizer, s: number): number[] {
  const random = new SeededRandom(5, 'noise');
  const weight = tf.variable(tf.zeros([64]));
  const gradient = new Float32Array(64);
  const mean = new Map([[weight.name, gradient]]);
  for (let step = 0; step < 3000; step++) {
    fillGaussian(random, gradient, s);
    if (step === 2999) tf.tidy(() => weight.assign(tf.zeros([64])));
    optimizer.apply([weight], mean, { step, noiseDeviation: s });
  }
  const roots = [...weight.dataSync()].map((value, i) => -gradient[i]! / value);
  weight.dispose();
  return roots;
}
