import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { availableParallelism } from 'node:os';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { noiseOperations } from '@dpquant/mechanisms';
import {
  dequantize,
  gradientNormOperations,
  integerOperations,
  layerArithmetic,
  quantizerOperations,
  roundedSumOperations,
} from '@dpquant/quantization';
import { noFeatures, type Backend } from './backend.ts';
import * as browser from './browser.ts';
import { cpu } from './cpu.ts';
import { startBackend, stopBackends, surveyBackends } from './index.ts';
import { startAmong } from './startBackend.ts';
import { wasm } from './wasm.ts';

afterEach(() => {
  jest.restoreAllMocks();
  tf.env().set('WASM_HAS_SIMD_SUPPORT', true);
  stopBackends();
});

describe('startBackend', () => {
  it('starts WASM with SIMD and repairs it', async () => {
    const backend = await startBackend('wasm');
    expect(backend).toMatchObject({
      name: 'wasm',
      isSoftware: false,
      features: { simd: true, threads: Math.min(availableParallelism(), 16) },
      passedOver: [],
    });
    expect(backend.installedKernels).toContain('Conv2DBackpropFilter');
    expect(backend.composedKernels).toEqual(['QuantizeFloats']);
    expect(tf.getBackend()).toBe('wasm');
    const filterGradient = tf
      .engine()
      .runKernel<tf.Tensor>(
        'Conv2DBackpropFilter',
        { x: tf.ones([1, 3, 3, 1]), dy: tf.ones([1, 2, 2, 1]) },
        { strides: [1, 1], pad: 'valid', dataFormat: 'NHWC', filterShape: [2, 2, 1, 1] },
      );
    expect([...filterGradient.dataSync()]).toEqual([4, 4, 4, 4]);
  });

  it('starts a backend by name, without printing an advertisement', async () => {
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    const backend = await startBackend('cpu');
    expect(backend.name).toBe('cpu');
    // Of everything that is composed, but not of what TensorFlow.js has itself, nor of a second
    // form.
    expect([...backend.composedKernels].sort()).toEqual(
      [
        ...[
          noiseOperations,
          integerOperations,
          quantizerOperations,
          gradientNormOperations,
          roundedSumOperations,
        ].flatMap((operations) =>
          Object.values<{ name: string }>(operations).map(({ name }) => name),
        ),
        ...['GroupNormalization', 'GroupNormalizationGradient'],
      ].sort(),
    );
    expect(tf.add(1, 2).dataSync()[0]).toBe(3);
    expect(warn).not.toHaveBeenCalled();
  });

  it('refuses an unknown name, listing the known ones', async () => {
    await expect(startBackend('abacus')).rejects.toThrow(
      'backend: expected one of auto, node-gpu, node, webgpu, wasm, cpu, got "abacus"',
    );
  });

  it('never falls back silently', async () => {
    tf.env().set('WASM_HAS_SIMD_SUPPORT', false);
    await expect(startBackend('wasm')).rejects.toThrow(/no WebAssembly SIMD.*cpu/);
    const backend = await startAmong(
      [
        wasm(
          () => null,
          () => 1,
        ),
        cpu,
      ],
      'auto',
      {},
    );
    expect(backend.name).toBe('cpu');
    expect(backend.passedOver).toEqual([
      { name: 'wasm', reason: expect.stringMatching(/no WebAssembly SIMD/) },
    ]);
  });

  it('names the package to install for a missing native library', async () => {
    await expect(startBackend('node')).rejects.toThrow(
      /tfjs-node is not installed; run: npm install @tensorflow\/tfjs-node@/,
    );
    await expect(browser.startBackend('node')).rejects.toThrow(/runs in Node only.*webgpu or wasm/);
  });

  it('tells a backend in auto that it was not requested by name, and skips others', async () => {
    const asked: string[] = [];
    const fake = (name: Backend['name'], isAutomatic: boolean): Backend => ({
      name,
      isAutomatic,
      start(_options, isAuto) {
        asked.push(`${name} ${isAuto ? 'auto' : 'by name'}`);
        if (isAuto && name === 'webgpu') throw new Error('software');
        return cpu.start({}, isAuto);
      },
    });
    const backends = [fake('node', false), fake('webgpu', true), fake('wasm', true)];
    const backend = await startAmong(backends, 'auto', {});
    expect(backend.passedOver).toEqual([{ name: 'webgpu', reason: 'software' }]);
    await startAmong(backends, 'node', {});
    expect(asked).toEqual(['webgpu auto', 'wasm auto', 'node by name']);
    await expect(startAmong([fake('webgpu', true)], 'auto', {})).rejects.toThrow(
      'backend: none can run here (webgpu: software)',
    );
  });

  it('starts a stopped backend again, without its tensors', async () => {
    await startBackend('wasm');
    const x = tf.ones([2]);
    stopBackends();
    await startBackend('wasm');
    expect(() => x.dataSync()).toThrow();
    expect([...tf.ones([2]).dataSync()]).toEqual([1, 1]);
  });

  it('makes a running backend current again, with its tensors', async () => {
    await startBackend('wasm');
    const x = tf.ones([2]);
    await startBackend('cpu');
    await startBackend('wasm');
    expect(tf.getBackend()).toBe('wasm');
    expect([...tf.add(x, 1).dataSync()]).toEqual([2, 2]);
  });
});

describe('surveyBackends', () => {
  it('reports for each backend what it runs on or why it does not run, and changes nothing', async () => {
    await startBackend('cpu');
    const x = tf.ones([2]);
    const states = await surveyBackends();
    expect(states.map(({ name }) => name)).toEqual(['node-gpu', 'node', 'webgpu', 'wasm', 'cpu']);
    expect(states[1]).toEqual({
      isAvailable: false,
      name: 'node',
      reason: expect.stringMatching(/not installed/),
    });
    expect(states[3]).toMatchObject({ isAvailable: true, features: { simd: true } });
    expect(states[4]).toMatchObject({ isAvailable: true, features: noFeatures });
    expect(tf.getBackend()).toBe('cpu');
    expect([...x.dataSync()]).toEqual([1, 1]);
    expect(tf.engine().registry['wasm']).toBeUndefined();
  });
});

/** A custom backend: plain JavaScript, under another name. */
const own: Backend = {
  name: 'own',
  isAutomatic: false,
  async start() {
    if (!tf.engine().registryFactory['own']) {
      tf.registerBackend('own', () => new MathBackendCPU());
      tf.copyRegisteredKernels('cpu', 'own');
    }
    await tf.setBackend('own');
    return {
      tensorflowName: 'own',
      device: 'a device of its own',
      isSoftware: false,
      features: noFeatures,
    };
  },
};

describe('startBackend with a custom backend', () => {
  it('runs it; the operations of this project are composed', async () => {
    const started = await startBackend(own);
    expect(started).toMatchObject({ name: 'own', device: 'a device of its own', passedOver: [] });
    expect(started.products).toMatchObject({ arithmetic: 'float32' });
    expect(started.composedKernels).toContain(noiseOperations.grid.name);
    expect(tf.getBackend()).toBe('own');
    const { weights } = layerArithmetic('int8');
    const operand = weights.quantize(tf.tensor2d([[0.4, -3, 127]]), {
      key: [1, 2],
      step: 0,
      draw: 0,
    });
    expect(dequantize(operand).arraySync()).toEqual([[0, -3, 127]]);
    await startBackend('cpu');
    await startBackend(own);
    expect(tf.getBackend()).toBe('own');
  });

  it('keeps its name distinct from others', async () => {
    await expect(startBackend({ ...own, name: 'wasm' })).rejects.toThrow('"wasm" is built in');
    await startBackend(own);
    await expect(startBackend({ ...own })).rejects.toThrow('another one runs under the name "own"');
    await expect(startBackend({ ...own, start: undefined } as never)).rejects.toThrow(TypeError);
  });
});
