import type * as tf from '@tensorflow/tfjs-core';
import { flat, unsigned, type WebGpuBackend, type WebGpuProgram } from '../webGpuBackend.ts';

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
    new PartSumProgram(size, sums.dtype),
    [flat(sums)],
    sums.dtype,
    unsigned(parts, size),
  );
  backend.disposeData(sums.dataId);
  return total;
}

class PartSumProgram implements WebGpuProgram {
  readonly variableNames = ['Sums'];
  readonly uniforms = 'parts : u32, size : u32,';
  readonly workgroupSize: [number, number, number] = [invocations, 1, 1];
  readonly dispatchLayout = { x: [0] };
  readonly shaderKey: string;
  readonly outputShape: number[];
  readonly dispatch: [number, number, number];
  readonly #zero: string;

  constructor(size: number, dtype: tf.DataType) {
    this.outputShape = [size];
    this.dispatch = [Math.ceil(size / invocations), 1, 1];
    this.shaderKey = `dpquantPartSum_${dtype}`;
    this.#zero = dtype === 'int32' ? '0i' : '0f';
  }

  getUserCode(): string {
    return `
fn main(index : i32) {
  let at = u32(index);
  if (at >= uniforms.size) {
    return;
  }
  var sum = ${this.#zero};
  for (var part = 0u; part < uniforms.parts; part++) {
    sum += Sums[part * uniforms.size + at];
  }
  result[at] = sum;
}
`;
  }
}
