import { afterEach, describe, expect, it, jest } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { startBackend } from './startBackend.ts';

afterEach(() => {
  jest.restoreAllMocks();
  tf.env().set('WASM_HAS_SIMD_SUPPORT', true);
});

describe('startBackend', () => {
  it('takes WASM with SIMD by default and repairs it', async () => {
    const backend = await startBackend();
    expect(backend).toMatchObject({
      name: 'wasm',
      features: { simd: true, threads: 1 },
      passedOver: [],
    });
    expect(backend.installedKernels).toContain('Conv2DBackpropFilter');
    expect(tf.getBackend()).toBe('wasm');
    const filterGradient = tf
      .engine()
      .runKernel(
        'Conv2DBackpropFilter',
        { x: tf.ones([1, 3, 3, 1]), dy: tf.ones([1, 2, 2, 1]) },
        { strides: [1, 1], pad: 'valid', dataFormat: 'NHWC', filterShape: [2, 2, 1, 1] },
      ) as tf.Tensor;
    expect([...filterGradient.dataSync()]).toEqual([4, 4, 4, 4]);
  });

  it('starts a backend by name, without an advertisement', async () => {
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    const backend = await startBackend('cpu');
    expect(backend.name).toBe('cpu');
    expect(tf.add(1, 2).dataSync()[0]).toBe(3);
    expect(warn).not.toHaveBeenCalled();
  });

  it('refuses an unknown name, listing the known ones', async () => {
    await expect(startBackend('abacus')).rejects.toThrow(
      'backend: expected one of auto, wasm, cpu, got "abacus"',
    );
  });

  it('never falls back silently', async () => {
    tf.env().set('WASM_HAS_SIMD_SUPPORT', false);
    await expect(startBackend('wasm')).rejects.toThrow(/no WebAssembly SIMD.*cpu/);
    const backend = await startBackend('auto');
    expect(backend.name).toBe('cpu');
    expect(backend.passedOver).toEqual([
      { name: 'wasm', reason: expect.stringMatching(/no WebAssembly SIMD/) },
    ]);
  });
});
