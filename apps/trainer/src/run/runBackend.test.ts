import { afterAll, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { startBackend, stopBackends } from '@dpquant/backends';
import { integerOperations } from '@dpquant/quantization';
import { backendRecord, startBackendOf } from './runBackend.ts';
import type { BackendRecord, RunConfig } from './runRecords.ts';
import { recorder } from '../testing/recordedCommand.ts';

afterAll(stopBackends);

const options = { backend: 'wasm', products: 'auto', threads: 1 } as RunConfig['options'];
const configOf = (backend?: BackendRecord) =>
  ({ options, ...(backend && { backend }) }) as RunConfig;
const hasIntegers = () => tf.getKernel(integerOperations.matMul.name, 'wasm') !== undefined;

it('goes on as the run began, whatever would be chosen now', async () => {
  const began = backendRecord(await startBackend('wasm', { threads: 1, products: 'float32' }));
  expect(began).toEqual({
    name: 'wasm',
    device: 'WebAssembly with SIMD, one thread',
    products: 'float32',
  });
  stopBackends();
  const { terminal, err } = recorder();
  const { products } = await startBackendOf(configOf(began), terminal);
  expect(products.arithmetic).toBe('float32');
  expect(hasIntegers()).toBe(false);
  await startBackendOf(configOf({ ...began, products: 'integer' }), terminal);
  expect(hasIntegers()).toBe(true);
  expect(err).toEqual([]);
});

it('chooses where the run is of an earlier version, which recorded nothing', async () => {
  const { terminal, err } = recorder();
  const { products } = await startBackendOf(configOf(), terminal);
  expect(products.arithmetic).toBe('integer');
  expect(err).toEqual([]);
});

it('says so where auto chooses another backend than the run began on', async () => {
  const { terminal, err } = recorder();
  const began = { name: 'webgpu', device: 'a graphics card', products: 'float32' } as const;
  await startBackendOf(configOf(began), terminal);
  expect(hasIntegers()).toBe(false);
  expect(err).toEqual([
    'warning: the run began on the backend webgpu, which auto does not choose now, and goes on with wasm: last ' +
      'places will differ from those of an uninterrupted run',
  ]);
});
