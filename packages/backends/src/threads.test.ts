import { afterEach, expect, it } from '@jest/globals';
import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { startBackend, stopBackends } from './index.ts';

afterEach(() => {
  Reflect.deleteProperty(globalThis, 'crossOriginIsolated');
  stopBackends();
});

/** The results of ordinary operations, some by kernels of this project, on a number of threads. */
async function computeWith(threads: number): Promise<number[][]> {
  const { features } = await startBackend('wasm', { threads });
  expect(features.threads).toBe(threads);
  const results = tf.tidy(() => {
    const x = tf.randomNormal<tf.Rank.R4>([9, 13, 11, 5], 0, 1, 'float32', 1);
    const filter = tf.randomNormal<tf.Rank.R4>([3, 3, 5, 7], 0, 1, 'float32', 2);
    const a = tf.randomNormal<tf.Rank.R2>([301, 130], 0, 1, 'float32', 3);
    const y = tf.conv2d(x, filter, 2, 'same');
    const attributes = { strides: [2, 2], pad: 'same', inputShape: x.shape, dataFormat: 'NHWC' };
    const dx = tf
      .engine()
      .runKernel<tf.Tensor>('Conv2DBackpropInput', { dy: y, filter }, attributes);
    return [y, dx, tf.matMul(a, a, true), tf.matMul(a, a, false, true)].map((tensor) => [
      ...tensor.dataSync(),
    ]);
  });
  stopBackends();
  return results;
}

it('give the same results for any number, to the bit', async () => {
  const alone = await computeWith(1);
  for (const threads of [2, 3]) expect(await computeWith(threads)).toEqual(alone);
});

it('are limited to one, with a note, in a page that is not cross-origin isolated', async () => {
  Object.assign(globalThis, { crossOriginIsolated: false });
  const { device, features } = await startBackend('wasm', { threads: 4 });
  expect(features.threads).toBe(1);
  expect(device).toMatch(/one thread, since the page is not cross-origin isolated/);
});

it('refuses an invalid number', async () => {
  await expect(startBackend('wasm', { threads: 1.5 })).rejects.toThrow(
    'threads: expected a positive integer, got 1.5',
  );
});

it('does not change Worker', async () => {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'Worker');
  await startBackend('wasm', { threads: 2 });
  expect(Object.getOwnPropertyDescriptor(globalThis, 'Worker')).toEqual(before);
});

it('get a note if there are more than cores, and only then', async () => {
  const cores = availableParallelism();
  expect((await startBackend('wasm', { threads: cores })).notes).toEqual([]);
  stopBackends();
  const { notes, features } = await startBackend('wasm', { threads: cores + 3 });
  expect(features.threads).toBe(cores + 3);
  expect(notes).toEqual([
    expect.stringMatching(
      new RegExp(
        `^threads: ${cores + 3}, but there (is one core|are ${cores} cores); .*mostly ${cores} are faster$`,
      ),
    ),
  ]);
});
