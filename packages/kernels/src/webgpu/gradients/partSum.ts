import type * as tf from '@tensorflow/tfjs-core';
import {
  flat,
  shaderProgram,
  unsigned,
  type WebGpuBackend,
  type WebGpuProgram,
} from '../webGpuBackend.ts';

const invocations = 64;

/**
 * Σ over the parts, one after the other, of `sums` [parts, …] of float32 or int32. Disposes them.
 */
export function partSum(
  backend: WebGpuBackend,
  sums: tf.TensorInfo,
  parts: number,
  size: number,
): tf.TensorInfo {
  if (parts === 1) return sums;
  const total = backend.runWebGPUProgram(
    partSumProgram(size, sums.dtype),
    [flat(sums)],
    sums.dtype,
    unsigned(parts, size),
  );
  backend.disposeData(sums.dataId);
  return total;
}

/** Adds up the parts: one invocation for each value of the total. */
function partSumProgram(size: number, dtype: tf.DataType): WebGpuProgram {
  const zero = dtype === 'int32' ? '0i' : '0f';
  return shaderProgram({
    variableNames: ['Sums'],
    uniforms: 'parts : u32, size : u32,',
    workgroupSize: [invocations, 1, 1],
    dispatchLayout: { x: [0] },
    shaderKey: `dpquantPartSum_${dtype}`,
    outputShape: [size],
    dispatch: [Math.ceil(size / invocations), 1, 1],
    getUserCode: () => `
fn main(index : i32) {
  let at = u32(index);
  if (at >= uniforms.size) {
    return;
  }
  var sum = ${zero};
  for (var part = 0u; part < uniforms.parts; part++) {
    sum += Sums[part * uniforms.size + at];
  }
  result[at] = sum;
}
`,
  });
}
