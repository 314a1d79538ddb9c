import { afterAll, beforeAll, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { startWasm } from '../../testing/startWasm.ts';

beforeAll(startWasm);
afterAll(() => tf.setBackend('cpu'));

it('shares the values, which are freed with the last tensor', () => {
  const before = tf.memory();
  const x = tf.tensor1d([1, 2, 3]);
  const buffers = tf.memory().numDataBuffers;
  const clone = tf.clone(x);
  const other = tf.clone(clone);
  expect(tf.memory().numDataBuffers).toBe(buffers);
  x.dispose();
  clone.dispose();
  tf.tensor1d([7, 7, 7]).dispose();
  expect([...other.dataSync()]).toEqual([1, 2, 3]);
  other.dispose();
  expect(tf.memory().numTensors).toBe(before.numTensors);
  expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
});

it('is not changed by later assignments to a variable', () => {
  const variable = tf.variable(tf.tensor1d([1, 2]));
  const clone = tf.clone(variable);
  variable.assign(tf.tensor1d([3, 4]));
  expect([...clone.dataSync()]).toEqual([1, 2]);
  expect([...variable.dataSync()]).toEqual([3, 4]);
  tf.dispose([clone, variable]);
});

it('copies strings', () => {
  const clone = tf.clone(tf.tensor1d(['a', 'b']));
  expect(clone.dataSync()).toEqual(['a', 'b']);
});
