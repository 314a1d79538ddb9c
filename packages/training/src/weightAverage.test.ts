import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { WeightAverage } from './weightAverage.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

describe('WeightAverage', () => {
  let variables: tf.Variable[];
  let tensorsBefore: number;
  beforeEach(() => {
    tensorsBefore = tf.memory().numTensors;
    variables = [[2, 2], []].map((shape) => tf.tidy(() => tf.variable(tf.zeros(shape))));
  });
  afterEach(() => {
    tf.dispose(variables);
    expect(tf.memory().numTensors).toBe(tensorsBefore);
  });

  const weightsAt = (step: number) => [1, 2, 3, 4, 5].map((i) => Math.sin(3 * step + i));
  const setWeights = (step: number) =>
    tf.tidy(() => {
      const weights = weightsAt(step);
      variables[0]!.assign(tf.tensor(weights.slice(0, 4), [2, 2]));
      variables[1]!.assign(tf.scalar(weights[4]!));
    });
  const values = () => variables.flatMap((variable) => [...variable.dataSync()]);
  const averagedValues = (average: WeightAverage) => {
    const putBack = average.apply(variables);
    const averaged = values();
    putBack();
    return averaged;
  };

  it('weights the steps by powers of the decay, starting with the first weights', () => {
    const decay = 0.8;
    const average = new WeightAverage({ decay });
    for (let count = 1; count <= 10; count++) {
      setWeights(count);
      average.update(variables);
      const weights = Array.from({ length: count }, (_, i) => decay ** (count - 1 - i));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      averagedValues(average).forEach((value, j) => {
        const expected = weights.reduce((sum, w, i) => sum + (w / total) * weightsAt(i + 1)[j]!, 0);
        expect(Math.abs(value - expected)).toBeLessThan(5e-7);
      });
      if (count === 1) expect(averagedValues(average)).toEqual(values());
    }
    expect(average.updates).toBe(10);
    average.dispose();
  });

  it('restores the trained weights, once', () => {
    const average = new WeightAverage({ decay: 0.5 });
    for (const step of [1, 2]) {
      setWeights(step);
      average.update(variables);
    }
    const trained = values();
    const { numTensors } = tf.memory();
    const putBack = average.apply(variables);
    expect(values()).not.toEqual(trained);
    expect(variables[0]!.shape).toEqual([2, 2]);
    putBack();
    expect(values()).toEqual(trained);
    setWeights(3);
    putBack();
    expect(values()).not.toEqual(trained);
    expect(tf.memory().numTensors).toBe(numTensors);
    average.dispose();
  });

  it('keeps one tensor per weight, also within a tidy', () => {
    const average = new WeightAverage({ decay: 0.5 });
    const { numTensors } = tf.memory();
    let putBack: (() => void) | undefined;
    tf.tidy(() => {
      for (let i = 0; i < 5; i++) average.update(variables);
      putBack = average.apply(variables);
    });
    expect(tf.memory().numTensors).toBe(numTensors + 4);
    putBack!();
    expect(tf.memory().numTensors).toBe(numTensors + 2);
    average.dispose();
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it('is not changed by later weights or by changes of the applied weights', () => {
    const average = new WeightAverage({ decay: 0.5 });
    setWeights(1);
    average.update(variables);
    const first = values();
    setWeights(2);
    expect(averagedValues(average)).toEqual(first);
    const putBack = average.apply(variables);
    setWeights(3);
    putBack();
    expect(averagedValues(average)).toEqual(first);
    average.dispose();
  });

  it('continues from its state as if uninterrupted', async () => {
    const options = { decay: 0.9 };
    const average = new WeightAverage(options);
    const resumed = new WeightAverage(options);
    resumed.restore(await average.state());
    setWeights(1);
    average.update(variables);
    resumed.restore(await average.state());
    setWeights(2);
    average.update(variables);
    resumed.update(variables);
    expect(averagedValues(resumed)).toEqual(averagedValues(average));
    expect(await resumed.state()).toEqual(await average.state());
    average.dispose();
    resumed.dispose();
  });

  it('refuses an invalid decay, time of call, weights and state', async () => {
    for (const decay of [-0.1, 1, NaN]) {
      expect(() => new WeightAverage({ decay })).toThrow(/decay: expected a number in \[0, 1\)/);
    }
    const average = new WeightAverage({ decay: 0.5 });
    expect(() => average.apply(variables)).toThrow(/call update before apply/);
    average.update(variables);
    const putBack = average.apply(variables);
    expect(() => average.update(variables)).toThrow(/update while the average is in the weights/);
    expect(() => average.apply(variables)).toThrow(/apply while the average is in the weights/);
    putBack();
    const other = variables.toReversed();
    expect(() => average.update(other)).toThrow(/of 4, 1 values, got 1, 4; .* another model/);
    expect(() => average.apply(variables.slice(1))).toThrow(/of 4, 1 values, got 1;/);
    const state = await average.state();
    expect(() => average.restore(new Map())).toThrow(/got an empty one/);
    expect(await average.state()).toEqual(state);
    average.dispose();
  });
});
