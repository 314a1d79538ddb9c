import type * as tf from '@tensorflow/tfjs-core';
import {
  shaderProgram,
  unsigned,
  type WebGpuBackend,
  type WebGpuProgram,
} from '../webGpuBackend.ts';

const invocations = 64;

/** Scales without the sign bits that mark groups: see `ScaleRule`. */
function unmarkedProgram(groups: number): WebGpuProgram {
  return shaderProgram({
    variableNames: ['Scales'],
    uniforms: 'size : u32,',
    workgroupSize: [invocations, 1, 1],
    dispatchLayout: { x: [0] },
    shaderKey: 'dpquantUnmarkedScales',
    outputShape: [groups],
    dispatch: [Math.ceil(groups / invocations), 1, 1],
    getUserCode: () => `
fn main(index : i32) {
  if (u32(index) < uniforms.size) {
    result[index] = bitcast<f32>(bitcast<u32>(Scales[index]) & 0x7fffffffu);
  }
}
`,
  });
}

/** The scales [groups] without marks. The caller owns them. */
export function withoutMarks(backend: WebGpuBackend, scales: tf.TensorInfo): tf.TensorInfo {
  const groups = scales.shape[0]!;
  const program = unmarkedProgram(groups);
  return backend.runWebGPUProgram(program, [scales], 'float32', unsigned(groups));
}
