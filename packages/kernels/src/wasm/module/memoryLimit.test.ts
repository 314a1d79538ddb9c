import { afterAll, beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { startWasm } from '../../testing/startWasm.ts';
import { guardMemory } from './memoryLimit.ts';

beforeAll(startWasm);
afterAll(() => tf.setBackend('cpu'));

const gigabyte = 2 ** 28;

it('refuses a tensor that does not fit, and keeps those that do', () => {
  guardMemory();
  guardMemory();
  const kept = tf.tensor1d([1, 2, 3]);
  const held: tf.Tensor[] = [];
  const before = tf.memory().numTensors;
  // Never touched, so that the operating system allocates no page of it.
  const backend = tf.backend() as unknown as {
    makeOutput(shape: number[], dtype: string): tf.TensorInfo;
    disposeData(dataId: object): void;
  };
  const outputs: tf.TensorInfo[] = [];
  expect(() => {
    for (let i = 0; i < 5; i++) outputs.push(backend.makeOutput([gigabyte], 'float32'));
  }).toThrow(
    'wasm: no 1073741824 bytes left of the 4 GB that the backend can have; use a smaller physical batch',
  );
  expect(outputs.length).toBe(3);
  for (const { dataId } of outputs) backend.disposeData(dataId);
  expect([...kept.dataSync()]).toEqual([1, 2, 3]);
  held.push(tf.add(kept, 1));
  expect([...held[0]!.dataSync()]).toEqual([2, 3, 4]);
  tf.dispose(held);
  expect(tf.memory().numTensors).toBe(before);
});
