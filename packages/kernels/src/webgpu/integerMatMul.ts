import type * as tf from '@tensorflow/tfjs-core';
import { integerKernels, type ScaledProductAttributes } from '@dpquant/quantization';
import { unsigned, type WebGpuBackend, type WebGpuProgram } from './webGpuBackend.ts';

/** Rows and columns of the product that a workgroup computes, each invocation four by four. */
const tile = 32;
/** Packed words of a row that are in workgroup memory at a time: four codes each. */
const depth = 8;
const invocations = (tile / 4) ** 2;

/**
 * Product of integer codes by `dot4I8Packed`: four codes are packed into a word on their way into
 * workgroup memory. Sums are 32-bit integers, made float32 and multiplied by their rows' scale.
 */
class IntegerMatMulProgram implements WebGpuProgram {
  readonly variableNames = ['A', 'B', 'Scales'];
  readonly uniforms = 'm : u32, n : u32, k : u32, rowsPerScale : u32,';
  readonly workgroupSize: [number, number, number] = [invocations, 1, 1];
  readonly dispatchLayout = { x: [1], y: [0] };
  readonly shaderKey: string;
  readonly outputShape: number[];
  readonly dispatch: [number, number, number];
  readonly #transposeB: boolean;

  constructor(m: number, n: number, transposeB: boolean) {
    this.outputShape = [m, n];
    this.dispatch = [Math.ceil(n / tile), Math.ceil(m / tile), 1];
    this.shaderKey = `dpquantIntegerMatMul${transposeB ? 'Transposed' : ''}`;
    this.#transposeB = transposeB;
  }

  getUserCode(): string {
    const bIndex = this.#transposeB
      ? 'column * uniforms.k + position'
      : 'position * uniforms.n + column';
    return `
var<workgroup> aWords: array<u32, ${tile * depth}>;
var<workgroup> bWords: array<u32, ${tile * depth}>;

fn aCode(row: u32, position: u32) -> i32 {
  if (row >= uniforms.m || position >= uniforms.k) {
    return 0;
  }
  return i32(A[row * uniforms.k + position]);
}

fn bCode(column: u32, position: u32) -> i32 {
  if (column >= uniforms.n || position >= uniforms.k) {
    return 0;
  }
  return i32(B[${bIndex}]);
}

fn packed(codes: vec4<i32>) -> u32 {
  let bytes = bitcast<vec4<u32>>(codes) & vec4<u32>(0xffu);
  return bytes.x | (bytes.y << 8u) | (bytes.z << 16u) | (bytes.w << 24u);
}

fn main() {
  let firstRow = workgroupId.y * ${tile}u;
  let firstColumn = workgroupId.x * ${tile}u;
  let ownRow = (localIndex / ${tile / 4}u) * 4u;
  let ownColumn = (localIndex % ${tile / 4}u) * 4u;
  var sums: array<vec4<i32>, 4>;
  for (var start = 0u; start < uniforms.k; start += ${4 * depth}u) {
    for (var i = localIndex; i < ${tile * depth}u; i += ${invocations}u) {
      let line = i / ${depth}u;
      let position = start + (i % ${depth}u) * 4u;
      let row = firstRow + line;
      let column = firstColumn + line;
      aWords[i] = packed(vec4<i32>(
        aCode(row, position), aCode(row, position + 1u),
        aCode(row, position + 2u), aCode(row, position + 3u)));
      bWords[i] = packed(vec4<i32>(
        bCode(column, position), bCode(column, position + 1u),
        bCode(column, position + 2u), bCode(column, position + 3u)));
    }
    workgroupBarrier();
    for (var word = 0u; word < ${depth}u; word++) {
      let b0 = bWords[ownColumn * ${depth}u + word];
      let b1 = bWords[(ownColumn + 1u) * ${depth}u + word];
      let b2 = bWords[(ownColumn + 2u) * ${depth}u + word];
      let b3 = bWords[(ownColumn + 3u) * ${depth}u + word];
      for (var row = 0u; row < 4u; row++) {
        let a = aWords[(ownRow + row) * ${depth}u + word];
        sums[row] += vec4<i32>(
          dot4I8Packed(a, b0), dot4I8Packed(a, b1), dot4I8Packed(a, b2), dot4I8Packed(a, b3));
      }
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < 4u; i++) {
    for (var j = 0u; j < 4u; j++) {
      let row = firstRow + ownRow + i;
      let column = firstColumn + ownColumn + j;
      if (row < uniforms.m && column < uniforms.n) {
        result[row * uniforms.n + column] = f32(sums[i][j]) * Scales[row / uniforms.rowsPerScale];
      }
    }
  }
}
`;
  }
}

interface Attributes extends ScaledProductAttributes {
  readonly transposeB: boolean;
}

/** See `integerKernels` of quantization, which defines what it computes. */
export function integerMatMul(
  backend: WebGpuBackend,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  scales: tf.TensorInfo | undefined,
  { transposeB }: Attributes,
): tf.TensorInfo {
  const [m, k] = a.shape as [number, number];
  const n = b.shape[transposeB ? 0 : 1]!;
  const scaleTensor = scales ?? backend.makeTensorInfo([1], 'float32', Float32Array.of(1));
  const product = backend.runWebGPUProgram(
    new IntegerMatMulProgram(m, n, transposeB),
    [a, b, scaleTensor],
    'float32',
    unsigned(m, n, k, m / scaleTensor.shape[0]!),
  );
  if (!scales) backend.disposeData(scaleTensor.dataId);
  return product;
}

export const integerMatMulConfig: tf.KernelConfig = {
  kernelName: integerKernels.matMul,
  backendName: 'webgpu',
  kernelFunc: ({ inputs, attrs, backend }) =>
    integerMatMul(
      backend as unknown as WebGpuBackend,
      inputs['a']!,
      inputs['b']!,
      inputs['scales'],
      attrs as unknown as Attributes,
    ),
};
