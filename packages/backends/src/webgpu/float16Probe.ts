const count = 64;
const bytes = 4 * count;

/**
 * Converts numbers to 16 bits, through workgroup memory, and back, as products of 16-bit floats do
 * with their operands.
 */
const shader = `
enable f16;
@group(0) @binding(0) var<storage, read_write> values: array<vec4<f32>, ${count / 4}>;
var<workgroup> halves: array<vec4<f16>, ${count / 4}>;

@compute @workgroup_size(${count / 4})
fn main(@builtin(local_invocation_index) index: u32) {
  halves[index] = vec4<f16>(values[index]);
  workgroupBarrier();
  let other = ${count / 4 - 1}u - index;
  values[other] = vec4<f32>(halves[other]);
}
`;

/**
 * Whether a device with `shader-f16` keeps the subnormal numbers of binary16, below 2⁻¹⁴, which
 * many gradients are. WGSL allows devices to flush them to zero; products would then not be
 * products of the codes.
 */
export async function keepsSubnormalFloat16(device: GPUDevice): Promise<boolean> {
  const values = Float32Array.from({ length: count }, (_, i) => (i - 20) * 37 * 2 ** -24);
  const storage = device.createBuffer({
    size: bytes,
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
  });
  const readable = device.createBuffer({
    size: bytes,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  try {
    const pipeline = await device.createComputePipelineAsync({
      layout: 'auto',
      compute: { module: device.createShaderModule({ code: shader }) },
    });
    const bindGroup = device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [{ binding: 0, resource: { buffer: storage } }],
    });
    device.queue.writeBuffer(storage, 0, values);
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindGroup);
    pass.dispatchWorkgroups(1);
    pass.end();
    encoder.copyBufferToBuffer(storage, 0, readable, 0, bytes);
    device.queue.submit([encoder.finish()]);
    await readable.mapAsync(GPUMapMode.READ);
    const found = new Float32Array(readable.getMappedRange());
    return found.every((value, i) => value === values[i]);
  } finally {
    storage.destroy();
    readable.destroy();
  }
}
