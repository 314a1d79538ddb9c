/**
 * WGSL: the directive of shaders with 16-bit floats. It may be anywhere in a shader of a device in
 * `extended`.
 */
export const enableFloat16 = 'enable f16;';

/** Devices that accept the directive anywhere in a shader. */
const extended = new WeakSet<GPUDevice>();

/**
 * Whether a device has 16-bit floats in shaders. If so, from now on the device accepts shaders with
 * `enableFloat16` at any place: WGSL requires directives first, but TensorFlow.js puts its
 * declarations before a kernel's text.
 */
export function allowFloat16(device: GPUDevice): boolean {
  if (!device.features.has('shader-f16')) return false;
  if (extended.has(device)) return true;
  extended.add(device);
  const create = device.createShaderModule.bind(device);
  device.createShaderModule = (descriptor) =>
    create({ ...descriptor, code: withDirectiveFirst(descriptor.code) });
  return true;
}

function withDirectiveFirst(code: string): string {
  return code.includes(enableFloat16)
    ? `${enableFloat16}\n${code.replaceAll(enableFloat16, '')}`
    : code;
}
