import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { cpu } from './cpu.ts';
import { startBackend, stopBackends } from './index.ts';
import { startAmong } from './startBackend.ts';
import { wasm } from './wasm.ts';

afterEach(() => {
  jest.restoreAllMocks();
  stopBackends();
});

const folder = dirname(createRequire(__filename).resolve('@tensorflow/tfjs-backend-wasm'));
const simd = join(folder, 'tfjs-backend-wasm-simd.wasm');
const threadedSimd = join(folder, 'tfjs-backend-wasm-threaded-simd.wasm');

describe('wasmFiles', () => {
  it('names each file, as bundlers do', async () => {
    const { features } = await startBackend('wasm', {
      wasmFiles: { simd, threadedSimd },
      threads: 2,
    });
    expect(features.threads).toBe(2);
    expect([...tf.add([1, 2], 1).dataSync()]).toEqual([2, 3]);
  });

  it('uses one thread, with a note, if the file for several is not given', async () => {
    const { device, features } = await startBackend('wasm', { wasmFiles: { simd }, threads: 2 });
    expect(features.threads).toBe(1);
    expect(device).toMatch(/one thread, since wasmFiles does not name threadedSimd/);
  });

  it('cannot be combined with wasmPath', async () => {
    await expect(startBackend('wasm', { wasmFiles: { simd }, wasmPath: '/' })).rejects.toThrow(
      'wasmPath, wasmFiles: expected one of them, got both; leave out wasmPath',
    );
  });
});

// The last test: TensorFlow.js accepts no other path after it did not find its files.
it('is named beside wasmPath if the files are not found, in auto too', async () => {
  jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  jest.spyOn(console, 'error').mockImplementation(() => undefined);
  const here = wasm(
    () => join(folder, 'nowhere/'),
    () => 1,
  );
  const remedy = /could not start it; .*\.wasm files were not found.* wasmPath.* wasmFiles/;
  const backend = await startAmong([here, cpu], 'auto', {});
  expect(backend.name).toBe('cpu');
  expect(backend.passedOver).toEqual([{ name: 'wasm', reason: expect.stringMatching(remedy) }]);
});
