import { afterEach, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { native } from './native.ts';

afterEach(() => {
  if (tf.findBackendFactory('tensorflow')) tf.removeBackend('tensorflow');
});

/** Registers the part of the native packages' backend that is used. */
function registered(isGPUPackage: boolean, isUsingGpuDevice: boolean) {
  return () => {
    if (!tf.findBackendFactory('tensorflow')) {
      const backend = Object.assign(tf.findBackendFactory('cpu')() as tf.KernelBackend, {
        isGPUPackage,
        isUsingGpuDevice,
      });
      tf.registerBackend('tensorflow', () => backend);
    }
    return Promise.resolve({});
  };
}

describe('native', () => {
  it('runs if its package does', async () => {
    const backend = native('node', registered(false, false), '22.11.0');
    expect(await backend.start({}, false)).toMatchObject({ tensorflowName: 'tensorflow' });
    expect(tf.getBackend()).toBe('tensorflow');
  });

  it('is refused in versions of Node that cannot run its packages', async () => {
    const load = () => Promise.reject(new Error('must not be loaded'));
    await expect(native('node', load, '24.1.0').start({}, false)).rejects.toThrow(
      /node: @tensorflow\/tfjs-node does not run in Node 24\.1\.0; use Node 20 or 22/,
    );
  });

  it('names the remedy if the native library is missing', async () => {
    const load = () =>
      Promise.reject(new Error('The Node.js native addon module can not be found\nat …'));
    await expect(native('node', load, '20.20.0').start({}, false)).rejects.toThrow(
      /could not be loaded \(The Node.js native addon module can not be found\); run: npm rebuild/,
    );
  });

  it('does not take a CPU for a CUDA device', async () => {
    const backend = native('node-gpu', registered(true, false), '20.20.0');
    await expect(backend.start({}, false)).rejects.toThrow(/found no CUDA device.*CUDA 11\.2/);
  });

  it('knows that both packages register the same name', async () => {
    await native('node', registered(false, false), '20.20.0').start({}, false);
    await expect(
      native('node-gpu', registered(true, true), '20.20.0').start({}, false),
    ).rejects.toThrow(/tfjs-node is loaded already; ask for it in a new process/);
  });
});
