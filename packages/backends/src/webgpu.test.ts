import { afterEach, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type * as webgpu from '@tensorflow/tfjs-backend-webgpu';
import { float16Operations, integerOperations } from '@dpquant/quantization';
import { startBackend, stopBackends, surveyBackends } from './index.ts';
import { webGpuOfNode } from './nodeWebGpu.ts';
import { timeProducts } from './productProbe.ts';
import { describeOnWebGpu } from './testing/describeOnWebGpu.ts';
import { webGpu } from './webgpu.ts';
import { chooseAdapter } from './webgpu/adapter.ts';
import { DeviceError } from './webgpu/deviceErrors.ts';

const deviceOf = () => (tf.backend() as unknown as webgpu.WebGPUBackend).device;

/** Stops the backends that a test started, with their tensors. */
afterEach(stopBackends);

describeOnWebGpu('the backend webgpu', () => {
  it('runs on its own device, with all features of the adapter', async () => {
    const backend = await startBackend('webgpu');
    expect(backend).toMatchObject({ name: 'webgpu', passedOver: [] });
    expect(backend.device).toMatch(/^WebGPU on /);
    expect(backend.installedKernels).toContain('QuantizeLuqFp4');
    expect(backend.composedKernels).not.toContain('Conv2DGradientNorms');
    const { float16 } = backend.features;
    expect(backend.installedKernels.includes(float16Operations.matMul.name)).toBe(float16);
    const { limits, label } = deviceOf();
    const adapter = await navigator.gpu.requestAdapter();
    expect(label).toBe('dpquant');
    expect(limits.maxBufferSize).toBe(adapter!.limits.maxBufferSize);
    const x = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    expect([...(await tf.matMul(x, x).data())]).toEqual([7, 10, 15, 22]);
  });

  it('is skipped by auto if software emulates the graphics processor', async () => {
    const { isSoftware } = await startBackend('webgpu');
    stopBackends();
    const { name, passedOver } = await startBackend('auto');
    expect(name === 'webgpu').toBe(!isSoftware);
    if (isSoftware) {
      expect(passedOver.find((other) => other.name === 'webgpu')?.reason).toMatch(
        /ask for the backend webgpu by name/,
      );
      // If there is a graphics processor whose driver does not run, Dawn finds the software.
      await expect(webGpu(() => webGpuOfNode(false)).start({}, true)).rejects.toThrow(
        /software.*is slower than wasm; ask for the backend webgpu by name/,
      );
    }
  });

  it('refuses a tensor that is too large for the device, and continues', async () => {
    await startBackend('webgpu');
    const rows = deviceOf().limits.maxStorageBufferBindingSize / 2 ** 20 + 1;
    expect(() => tf.fill([rows, 512, 512], 1)).toThrow(
      /float32 tensor \[\d+, 512, 512\] of \d+ MiB is larger than the \d+ MiB.*smaller physical batch/,
    );
    expect([...(await tf.add([1], 1).data())]).toEqual([2]);
  });

  it('returns no values after an operation failed, and names it', async () => {
    await startBackend('webgpu');
    const before = tf.ones([4]);
    await tf.add(before, 1).data();
    const backend = tf.backend() as unknown as webgpu.WebGPUBackend;
    const program = {
      variableNames: ['A'],
      outputShape: [4],
      dispatchLayout: { x: [0] },
      workgroupSize: [64, 1, 1] as [number, number, number],
      dispatch: [1, 1, 1] as [number, number, number],
      shaderKey: 'broken',
      getUserCode: () => 'fn main(index : i32) { this is no shader }',
    };
    backend.runWebGPUProgram(program, [before], 'float32');
    // Unrelated tensors too: what was computed is unknown.
    const reading = tf.add(before, 2).data();
    await expect(reading).rejects.toThrow(DeviceError);
    await expect(reading).rejects.toThrow(
      /^webgpu: broken to \[4\] failed \(validation\): .*start the backend again/,
    );
    expect(() => tf.add(before, 3)).toThrow(/broken/);
    const { name } = await startBackend('webgpu');
    expect(name).toBe('webgpu');
    expect([...(await tf.add([1], 3).data())]).toEqual([4]);
  });

  it('rejects pending reads when the device is lost, and starts again', async () => {
    await startBackend('webgpu');
    const sum = tf.add(tf.ones([4]), 1);
    await sum.data();
    deviceOf().destroy();
    await expect((async () => tf.add(sum, 1).data())()).rejects.toThrow(
      /the device was destroyed.*continues from its last checkpoint/,
    );
    await startBackend('webgpu');
    expect([...(await tf.add([1], 1).data())]).toEqual([2]);
  });

  it('reads only asynchronously', async () => {
    await startBackend('webgpu');
    const sum = tf.add(tf.ones([4]), 1);
    expect(() => sum.dataSync()).toThrow(/use await tensor.data\(\)/);
    expect([...(await sum.data())]).toEqual([2, 2, 2, 2]);
  });

  it('keeps its integer products without a measurement on software, and omits them if requested', async () => {
    const kernel = () => tf.getKernel(integerOperations.matMul.name, 'webgpu');
    const { products, isSoftware } = await startBackend('webgpu');
    if (isSoftware) {
      expect(products).toEqual({ arithmetic: 'integer', reason: 'not measured on software' });
      expect(kernel()).toBeDefined();
    } else {
      expect(products.milliseconds).toBeDefined();
    }
    const forced = await startBackend('webgpu', { products: 'float32' });
    expect(forced.products).toEqual({ arithmetic: 'float32', reason: 'asked for' });
    expect(kernel()).toBeUndefined();
    expect(forced.installedKernels).not.toContain(integerOperations.matMul.name);
    expect(forced.composedKernels).not.toContain(integerOperations.matMul.name);
    await startBackend('webgpu', { products: 'integer' });
    expect(kernel()).toBeDefined();
  });

  it('can be measured, and continues', async () => {
    await startBackend('webgpu', { products: 'integer' });
    const before = tf.memory().numTensors;
    const { integer, float32 } = await timeProducts([64, 128, 64]);
    expect(Math.min(integer, float32)).toBeGreaterThan(0);
    expect(tf.memory().numTensors).toBe(before);
    expect([...(await tf.add([1], 1).data())]).toEqual([2]);
  });

  it('is in the survey, and is stopped by it', async () => {
    const states = await surveyBackends();
    expect(states.find(({ name }) => name === 'webgpu')).toMatchObject({ isAvailable: true });
    expect(tf.engine().registry['webgpu']).toBeUndefined();
  });
});

it('names what to install if there is no adapter', async () => {
  const gpu = { requestAdapter: () => Promise.resolve(null) } as unknown as GPU;
  const access = { gpu, remedy: 'install a driver', install: () => undefined };
  await expect(chooseAdapter(access)).rejects.toThrow(
    'webgpu: no adapter was found; install a driver',
  );
});

it.each([
  ['google', 'swiftshader', 'SwiftShader driver 5.0.0', true],
  ['mesa', '', 'llvmpipe (LLVM 15.0.6, 256 bits)', true],
  ['microsoft', '', 'Microsoft Basic Render Driver', true],
  ['nvidia', 'ampere', 'NVIDIA GeForce RTX 3060', false],
])('recognizes %s %s %s', async (vendor, architecture, description, expected) => {
  const adapter = {
    info: { vendor, architecture, device: '', description },
    features: new Set(['shader-f16']),
  };
  const gpu = { requestAdapter: () => Promise.resolve(adapter) } as unknown as GPU;
  const chosen = await chooseAdapter({ gpu, remedy: '', install: () => undefined });
  expect(chosen.isSoftware).toBe(expected);
  expect(chosen.features).toMatchObject({ float16: true, integerDotProduct: false });
});
