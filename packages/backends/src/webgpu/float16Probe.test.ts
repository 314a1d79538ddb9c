import { expect, it } from '@jest/globals';
import { describeWithFloat16 } from '../testing/describeOnWebGpu.ts';
import { chooseAdapter, requestDevice } from './adapter.ts';
import { keepsSubnormalFloat16 } from './float16Probe.ts';
import { webGpuOfNode } from '../nodeWebGpu.ts';

describeWithFloat16('keepsSubnormalFloat16', () => {
  /** The result of the probe on a device with changed shaders. */
  async function found(change: (code: string) => string): Promise<boolean> {
    const access = await webGpuOfNode(false);
    access.install();
    const device = await requestDevice((await chooseAdapter(access)).adapter);
    const create = device.createShaderModule.bind(device);
    device.createShaderModule = (descriptor) =>
      create({ ...descriptor, code: change(descriptor.code) });
    const keeps = await keepsSubnormalFloat16(device);
    device.destroy();
    return keeps;
  }

  it('detects whether small numbers become zero', async () => {
    expect(await found((code) => code)).toBe(true);
    const flushing = (code: string) =>
      code.replace(
        'vec4<f32>(halves[other])',
        'select(vec4<f32>(), vec4<f32>(halves[other]), abs(values[other]) >= vec4<f32>(0x1p-14))',
      );
    expect(await found(flushing)).toBe(false);
  });
});
