import type * as tf from '@tensorflow/tfjs-core';
import { unsigned, type WebGpuBackend, type WebGpuProgram } from '../webGpuBackend.ts';

const invocations = 64;

/** Scales without the sign bits that mark groups: see `ScaleRule`. */
class UnmarkedProgram implements WebGpuProgram {
  readonly variableNames = ['Scales'];
  readonly uniforms = 'size : u32,';
  readonly workgroupSize: [number, number, number] = [invocations, 1, 1];
  readonly dispatchLayout = { x: [0] };
  readonly shaderKey = 'dpquantUnmarkedScales';
  readonly outputShape: number[];
  readonly dispatch: [number, number, number];

  constructor(groups: number) {
    this.outputShape = [groups];
    this.dispatch = [Math.ceil(groups / invocations), 1, 1];
  }

  getUserCode(): string {
    return `
fn main(index : i32) {
  if (u32(index) < uniforms.size) {
    result[index] = bitcast<f32>(bitcast<u32>(Scales[index]) & 0x7fffffffu);
  }
}
`;
  }
}

/** The scales [groups] by themselves, for the caller to own. */
export function withoutMarks(backend: WebGpuBackend, scales: tf.TensorInfo): tf.TensorInfo {
  const groups = scales.shape[0]!;
  const program = new UnmarkedProgram(groups);
  return backend.runWebGPUProgram(program, [scales], 'float32', unsigned(groups));
}
