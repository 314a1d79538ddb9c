import { afterEach, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { integerOperations } from '@dpquant/quantization';
import type { Backend, ProductTimes } from './backend.ts';
import { cpu } from './cpu.ts';
import { startBackend, stopBackends, surveyBackends } from './index.ts';
import { timeProducts } from './productProbe.ts';
import { fasterProducts, measuredChoice } from './productChoice.ts';
import { startAmong } from './startBackend.ts';
import { wasm } from './wasm.ts';

afterEach(stopBackends);

const integers: readonly string[] = Object.values(integerOperations).map(({ name }) => name);
const registered = (backend: string) =>
  integers.filter((kernel) => tf.getKernel(kernel, backend) !== undefined);

describe('fasterProducts', () => {
  it.each([
    [1, 3, 'integer'],
    [1, 1, 'integer'],
    [1, 0.91, 'integer'],
    [1, 0.89, 'float32'],
    [5, 1, 'float32'],
  ] as const)('%d ms in integers, %d ms in float32: %s', (integer, float32, expected) => {
    expect(fasterProducts({ integer, float32 })).toBe(expected);
  });

  it('states both times', () => {
    expect(measuredChoice({ integer: 1.234, float32: 0.0561 })).toEqual({
      arithmetic: 'float32',
      reason: 'measured: 1.2 ms a product in integers, 0.056 ms in float32',
      milliseconds: { integer: 1.234, float32: 0.0561 },
    });
  });
});

describe('products of integers', () => {
  /** WASM, treated as a device that must be measured. */
  const measured = (times: ProductTimes): Backend => {
    const definition = wasm(
      () => null,
      () => 1,
    );
    return {
      ...definition,
      async start(options, isAuto) {
        const running = await definition.start(options, isAuto);
        return {
          ...running,
          integerProducts: {
            preferred() {
              // The measurement needs the kernels.
              expect(registered('wasm')).toEqual(integers);
              return Promise.resolve(measuredChoice(times));
            },
          },
        };
      },
    };
  };

  it('have integer kernels if these are faster', async () => {
    const backend = await startAmong([measured({ integer: 1, float32: 3 })], 'auto', {});
    expect(backend.products.arithmetic).toBe('integer');
    expect(registered('wasm')).toEqual(integers);
    expect(backend.installedKernels).toEqual(expect.arrayContaining([...integers]));
  });

  it('have none if float32 is faster, unless requested', async () => {
    const slow = [measured({ integer: 3, float32: 1 })];
    const backend = await startAmong(slow, 'auto', {});
    expect(backend.products).toEqual(measuredChoice({ integer: 3, float32: 1 }));
    expect(registered('wasm')).toEqual([]);
    expect(backend.installedKernels).not.toContain('IntegerMatMul');
    expect(backend.installedKernels).toContain('QuantizeLuqFp4');
    // The kernels exist but are not used.
    expect(backend.composedKernels).toEqual(['QuantizeFloats']);
    const forced = await startAmong(slow, 'wasm', { products: 'integer' });
    expect(forced.products).toEqual({ arithmetic: 'integer', reason: 'asked for' });
    expect(registered('wasm')).toEqual(integers);
    expect((await startAmong(slow, 'wasm', {})).products.arithmetic).toBe('float32');
  });

  it('are integers on WASM without a measurement, unless float32 is requested', async () => {
    const { products } = await startBackend('wasm');
    expect(products.arithmetic).toBe('integer');
    expect(products.milliseconds).toBeUndefined();
    await startBackend('wasm', { products: 'float32' });
    expect(registered('wasm')).toEqual([]);
    const states = await surveyBackends();
    expect(states.find(({ name }) => name === 'wasm')).toMatchObject({
      products: { arithmetic: 'float32', reason: 'asked for' },
    });
    expect(registered('wasm')).toEqual([]);
  });

  it('are float32 if there are no integer kernels, and integers are refused', async () => {
    const { products } = await startBackend('cpu');
    expect(products).toEqual({
      arithmetic: 'float32',
      reason: 'no kernel multiplies integers there',
    });
    stopBackends();
    await expect(startBackend('cpu', { products: 'integer' })).rejects.toThrow(
      'cpu: no kernel multiplies integers there; use the products auto or float32, or the backend wasm',
    );
    expect(tf.engine().registry['cpu']).toBeUndefined();
  });

  it('have no other arithmetic', async () => {
    await expect(startBackend('wasm', { products: 'int9' as never })).rejects.toThrow(
      'products: expected one of auto, integer, float32, got "int9"',
    );
  });

  it('make auto skip backends without integer kernels, if integers are requested', async () => {
    const backends = [cpu, measured({ integer: 3, float32: 1 })];
    const { name, passedOver } = await startAmong(backends, 'auto', { products: 'integer' });
    expect(name).toBe('wasm');
    expect(passedOver).toEqual([
      { name: 'cpu', reason: expect.stringMatching(/^cpu: no kernel multiplies integers/) },
    ]);
  });
});

describe('timeProducts', () => {
  it('measures both arithmetics on the current backend and leaks nothing', async () => {
    await startBackend('wasm');
    const before = tf.memory().numTensors;
    const runs = new Map<string, number>();
    const { kernelFunc, ...config } = tf.getKernel(integerOperations.matMul.name, 'wasm');
    tf.unregisterKernel(integerOperations.matMul.name, 'wasm');
    tf.registerKernel({
      ...config,
      kernelFunc(given) {
        runs.set('integer', (runs.get('integer') ?? 0) + 1);
        return kernelFunc(given);
      },
    });
    const times = await timeProducts();
    expect(Object.keys(times).sort()).toEqual(['float32', 'integer']);
    expect(Math.min(times.integer, times.float32)).toBeGreaterThan(0);
    expect(runs.get('integer')).toBeGreaterThanOrEqual(3);
    expect(tf.memory().numTensors).toBe(before);
  });
});
