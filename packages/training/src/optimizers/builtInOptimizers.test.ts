import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { builtInOptimizers, createOptimizer } from './builtInOptimizers.ts';
import type { Optimizer } from './optimizer.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

describe('createOptimizer', () => {
  it('knows every built-in optimizer by its own name', () => {
    expect([...builtInOptimizers.keys()]).toEqual(['sgd', 'adam', 'adamw', 'adam-bc']);
    for (const name of builtInOptimizers.keys()) {
      expect(createOptimizer(name, { learningRate: 1 }).name).toBe(name);
    }
  });

  it.each(['luck', '', 'constructor'])('lists the known names for %p', (name) => {
    expect(() => createOptimizer(name, { learningRate: 1 })).toThrow(
      `optimizer: expected one of sgd, adam, adamw, adam-bc, got '${name}'`,
    );
  });

  it('passes the options on', () => {
    expect(() => createOptimizer('sgd', { learningRate: 1, momentum: 2 })).toThrow(/momentum/);
    expect(() => createOptimizer('adamw', { learningRate: 1, weightDecay: -1 })).toThrow(
      /weightDecay/,
    );
  });
});

describe.each([...builtInOptimizers])('contract of %s', (name, create) => {
  const options = { learningRate: (step: number) => 0.1 / (step + 1), momentum: 0.9 };
  let variables: tf.Variable[];
  beforeEach(() => {
    variables = [weight([1, -2, 3, -4], [2, 2]), weight([0.5], [])];
  });
  afterEach(() => tf.dispose(variables));

  const step = (optimizer: Optimizer, number: number, weights = variables) => {
    const mean = new Map(
      weights.map(({ name, size }, i) => [
        name,
        Float32Array.from({ length: size }, (_, j) => Math.sin(7 * number + 3 * i + j)),
      ]),
    );
    optimizer.apply(weights, mean, { step: number, noiseDeviation: 0.1 * (number + 1) });
  };
  const values = (weights: readonly tf.Variable[]) => weights.map((one) => [...one.dataSync()]);

  it('changes every value, keeps shapes and gradients, and leaves no tensor behind', () => {
    const optimizer = create(options);
    const before = values(variables).flat();
    const { numTensors } = tf.memory();
    for (let number = 0; number < 3; number++) step(optimizer, number);
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(variables.map(({ shape }) => shape)).toEqual([[2, 2], []]);
    values(variables)
      .flat()
      .forEach((value, i) => expect(value).not.toBe(before[i]));
  });

  it('continues from its float32 state as if uninterrupted', () => {
    const optimizer = create(options);
    for (let number = 0; number < 3; number++) step(optimizer, number);
    const state = optimizer.state();
    const resumed = variables.map((variable) => tf.variable(variable));
    for (let number = 3; number < 6; number++) step(optimizer, number);
    const another = create(options);
    another.restore(state);
    for (let number = 3; number < 6; number++) step(another, number, resumed);
    expect(values(resumed)).toEqual(values(variables));
    expect(another.state()).toEqual(optimizer.state());
    tf.dispose(resumed);
  });

  it('can be saved before its first step', () => {
    const optimizer = create(options);
    optimizer.restore(create(options).state());
    step(optimizer, 0);
    const first = values(variables);
    const fresh = [weight([1, -2, 3, -4], [2, 2]), weight([0.5], [])];
    step(create(options), 0, fresh);
    expect(values(fresh)).toEqual(first);
    tf.dispose(fresh);
  });

  it('copies states in both directions', () => {
    const optimizer = create(options);
    step(optimizer, 0);
    const state = optimizer.state();
    const another = create(options);
    another.restore(state);
    for (const arrays of state.values()) for (const array of arrays) array.fill(NaN);
    expect(another.state()).toEqual(optimizer.state());
  });

  it('changes nothing when a step cannot be taken', () => {
    const optimizer = create({ ...options, learningRate: (step) => (step === 2 ? NaN : 0.1) });
    step(optimizer, 0);
    const before = [values(variables), optimizer.state()];
    const release = { step: 1, noiseDeviation: 0.1 };
    const [first, second] = variables as [tf.Variable, tf.Variable];
    const gradient = new Map([[first.name, new Float32Array(4).fill(1)]]);
    const apply = (weights: tf.Variable[]) => () => optimizer.apply(weights, gradient, release);
    expect(apply(variables)).toThrow(`${name}: no gradient for the weight "${second.name}"`);
    gradient.set(second.name, new Float32Array(2));
    expect(apply(variables)).toThrow(/expected 1 values in the gradient of the weight .*, got 2/);
    expect(apply([first])).toThrow(/of weights of 4 values, got 4, 1; .* another model/);
    expect(() => step(optimizer, 2)).toThrow(/learning rate: .* got NaN at step 2/);
    expect([values(variables), optimizer.state()]).toEqual(before);
  });

  it('refuses the state of another optimizer', () => {
    const other = create(options);
    expect(() => other.restore(new Map())).toThrow(`${name}: expected a state with "`);
    expect(() => other.restore(new Map([['luck', []]]))).toThrow(/got "luck"; resume with/);
  });

  it('refuses an invalid learning rate', () => {
    for (const learningRate of [0, -1, NaN, Infinity]) {
      expect(() => create({ learningRate })).toThrow(/learning rate: expected a positive number/);
    }
  });
});

function weight(values: number[], shape: number[]): tf.Variable {
  return tf.tidy(() => tf.variable(tf.tensor(values, shape)));
}
