import { describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { float16Operations } from '@dpquant/quantization';
import { installKernels } from '../installKernels.ts';
import { allowFloat16, enableFloat16 } from './float16.ts';

/** A device that notes the shaders it is given. */
function deviceWith(features: readonly string[]) {
  const shaders: string[] = [];
  const device = {
    features: new Set(features),
    createShaderModule({ code }: { code: string }) {
      shaders.push(code);
    },
  } as unknown as GPUDevice;
  return { device, shaders };
}

/** The method that makes shaders, to compare with. */
const methodOf = (device: { createShaderModule: unknown }) => device.createShaderModule;

describe('allowFloat16', () => {
  it('puts the directive first, once, and leaves other shaders unchanged', () => {
    const { device, shaders } = deviceWith(['shader-f16']);
    expect(allowFloat16(device)).toBe(true);
    const wrapped = methodOf(device);
    expect(allowFloat16(device)).toBe(true);
    expect(methodOf(device)).toBe(wrapped);
    device.createShaderModule({
      code: `struct Uniforms { n : u32 };\n${enableFloat16}\nfn f() {}`,
    });
    device.createShaderModule({ code: 'fn f() {}' });
    expect(shaders).toEqual([
      'enable f16;\nstruct Uniforms { n : u32 };\n\nfn f() {}',
      'fn f() {}',
    ]);
  });

  it('leaves a device without 16-bit floats unchanged', () => {
    const { device } = deviceWith([]);
    const own = methodOf(device);
    expect(allowFloat16(device)).toBe(false);
    expect(methodOf(device)).toBe(own);
  });
});

describe('installKernels', () => {
  /** Names of the kernels that are installed and registered for the backend on such a device. */
  function installedOn(features: readonly string[]) {
    const { device } = deviceWith(features);
    const backend = { device, dispose: () => undefined };
    tf.registerBackend('webgpu', () => backend as unknown as tf.KernelBackend);
    if (!tf.findBackend('webgpu')) throw new Error('expected a backend');
    const names = installKernels('webgpu');
    tf.removeBackend('webgpu');
    const float16 = Object.values(float16Operations).map(({ name }) => name);
    expect(float16.filter((name) => tf.getKernel(name, 'webgpu') !== undefined)).toEqual(
      float16.filter((name) => names.includes(name)),
    );
    return names;
  }

  it('installs products of 16-bit floats if the device has them, and removes them otherwise', () => {
    const all = installedOn(['shader-f16']);
    const fewer = installedOn([]);
    expect(all.filter((name) => !fewer.includes(name))).toEqual(
      Object.values(float16Operations).map(({ name }) => name),
    );
    expect(fewer).toContain('IntegerMatMul');
  });

  it('installs none before the backend is started', () => {
    expect(installKernels('webgpu')).not.toContain(float16Operations.matMul.name);
  });
});
