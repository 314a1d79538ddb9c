import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { sgd } from './sgd.ts';

beforeAll(async () => {
  tf.env().set('IS_NODE', false);
  await tf.setBackend('cpu');
});

const release = { step: 0, noiseDeviation: 0 };

describe('sgd', () => {
  it('steps against the gradient, with momentum', () => {
    const weight = tf.variable(tf.tensor1d([1, 2]));
    const optimizer = sgd({ learningRate: 0.5, momentum: 0.9 });
    const gradient = new Map([[weight.name, Float32Array.of(1, -2)]]);
    optimizer.apply([weight], gradient, release);
    expect([...weight.dataSync()]).toEqual([0.5, 3]);
    optimizer.apply([weight], gradient, release);
    // velocity 0.9·g + g
    expect(weight.dataSync()[0]).toBeCloseTo(0.5 - 0.5 * 1.9, 6);
    expect(weight.dataSync()[1]).toBeCloseTo(3 + 0.5 * 3.8, 6);
    weight.dispose();
  });

  it('uses the learning rate of the step', () => {
    const weight = tf.variable(tf.tensor1d([0]));
    const optimizer = sgd({ learningRate: (step) => 2 ** -step });
    const gradient = new Map([[weight.name, Float32Array.of(1)]]);
    for (const step of [0, 1, 5]) optimizer.apply([weight], gradient, { ...release, step });
    expect(weight.dataSync()[0]).toBe(-(1 + 1 / 2 + 1 / 32));
    weight.dispose();
  });

  it('continues from its state', () => {
    const gradientOf = (weight: tf.Variable) => new Map([[weight.name, Float32Array.of(1)]]);
    const first = tf.variable(tf.tensor1d([0]));
    const optimizer = sgd({ learningRate: 1, momentum: 0.5 });
    optimizer.apply([first], gradientOf(first), release);
    const second = tf.variable(first);
    const copy = sgd({ learningRate: 1, momentum: 0.5 });
    copy.restore(optimizer.state());
    optimizer.apply([first], gradientOf(first), release);
    copy.apply([second], gradientOf(second), release);
    expect(second.dataSync()).toEqual(first.dataSync());
    tf.dispose([first, second]);
  });

  it('has no state without momentum, and accepts an earlier state', () => {
    const weight = tf.variable(tf.tensor1d([1]));
    const gradient = new Map([[weight.name, Float32Array.of(1)]]);
    const optimizer = sgd({ learningRate: 1 });
    optimizer.restore(new Map([['velocity', [Float32Array.of(7)]]]));
    optimizer.apply([weight], gradient, release);
    expect(weight.dataSync()[0]).toBe(0);
    expect([...optimizer.state()]).toEqual([]);
    expect([...gradient.values()]).toEqual([Float32Array.of(1)]);
    weight.dispose();
  });

  it('refuses invalid options', () => {
    for (const learningRate of [0, -1, NaN, Infinity]) {
      expect(() => sgd({ learningRate })).toThrow(/learning rate/);
    }
    for (const momentum of [-0.1, 1, NaN]) {
      expect(() => sgd({ learningRate: 1, momentum })).toThrow(/momentum/);
    }
  });
});
