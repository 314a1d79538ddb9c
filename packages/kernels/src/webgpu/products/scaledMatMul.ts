import type * as tf from '@tensorflow/tfjs-core';
import { float16Operations, integerOperations } from '@dpquant/quantization';
import type { Elements } from './tileCode.ts';
import { tiledProductProgram } from './tiledProduct.ts';
import { matrixOperand, widthOf } from './tileOperands.ts';
import {
  flat,
  reshaped,
  unsigned,
  webGpuBackend,
  withScales,
  type WebGpuBackend,
} from '../webGpuBackend.ts';

/**
 * See `integerOperations` and `float16Operations` of quantization, which define what it computes.
 */
function scaledMatMul(
  backend: WebGpuBackend,
  { a, b, scales }: { a: tf.TensorInfo; b: tf.TensorInfo; scales?: tf.TensorInfo },
  transposeB: boolean,
  elements: Elements,
): tf.TensorInfo {
  const [m, k] = a.shape as [number, number];
  const n = b.shape[transposeB ? 0 : 1]!;
  const left = matrixOperand({
    input: 'A',
    lines: 'uniforms.m',
    positions: 'uniforms.k',
    along: 'positions',
    size: k,
  });
  const right = matrixOperand({
    input: 'B',
    lines: 'uniforms.n',
    positions: 'uniforms.k',
    along: transposeB ? 'positions' : 'lines',
    size: transposeB ? k : n,
  });
  const storeWidth = widthOf(n);
  const program = tiledProductProgram({
    name: 'ScaledMatMul',
    elements,
    left,
    right,
    lines: m,
    columns: n,
    parts: 1,
    inputs: [
      ['A', left.width],
      ['B', right.width],
      ['Scales', 1],
    ],
    uniforms: 'm : u32, n : u32, k : u32, linesOfScale : u32,',
    positions: 'uniforms.k',
    outcome: {
      shape: [1, m, n],
      store: `
  if (line < uniforms.m && column < uniforms.n) {
    result[(line * uniforms.n + column) / ${storeWidth}u] = value * Scales[line / uniforms.linesOfScale];
  }`,
      width: storeWidth,
    },
  });
  const product = withScales(backend, scales, (factors) =>
    backend.runWebGPUProgram(
      program,
      [flat(a), flat(b), factors],
      'float32',
      unsigned(m, n, k, m / factors.shape[0]!),
    ),
  );
  return reshaped(product, [m, n]);
}

export const integerMatMulConfig = integerOperations.matMul.on(
  webGpuBackend,
  (backend, inputs, { transposeB }) => scaledMatMul(backend, inputs, transposeB, 'int8'),
);
export const float16MatMulConfig = float16Operations.matMul.on(
  webGpuBackend,
  (backend, inputs, { transposeB }) => scaledMatMul(backend, inputs, transposeB, 'float16'),
);
