import type * as tf from '@tensorflow/tfjs-core';
import type { OperationKernel } from '@dpquant/operations';
import { gradientNormPartOperations } from '@dpquant/quantization';
import { convolutionOperands, denseOperands, type LayerOperands } from './layerOperands.ts';
import { gradientsOfExample } from '../products/tileOperands.ts';
import { tiledProductProgram } from '../products/tiledProduct.ts';
import { flat, unsigned, webGpuBackend, type WebGpuBackend } from '../webGpuBackend.ts';

/**
 * Computes every example's gradient AᵀB in tiles and stores only their sums of squares: an
 * invocation adds up to 64 squares one after the other, and a tree adds those of 64 invocations.
 */
function gradientNormParts(
  backend: WebGpuBackend,
  name: string,
  { inputs, left, dy, examples, positions, p, d }: LayerOperands,
  { areIntegers }: { readonly areIntegers: boolean },
): tf.TensorInfo {
  const right = gradientsOfExample(d);
  const program = tiledProductProgram({
    name,
    elements: areIntegers ? 'int8' : 'float32',
    left: left.operand,
    right,
    lines: p,
    columns: d,
    parts: examples,
    inputs: [
      ['A', left.operand.width],
      ['Dy', right.width],
    ],
    uniforms: `lines : u32, columns : u32, positions : u32, examples : u32, ${left.uniforms}`,
    positions: 'uniforms.positions',
    outcome: 'squares',
  });
  return backend.runWebGPUProgram(program, [flat(inputs), flat(dy)], 'float32', [
    ...unsigned(p, d, positions, examples),
    ...left.values,
  ]);
}

/** See `gradientNormPartOperations` of quantization, which defines what they compute. */
export const gradientNormPartConfigs: readonly OperationKernel[] = [
  gradientNormPartOperations.matMul.on(webGpuBackend, (backend, { a, dy }, attributes) =>
    gradientNormParts(backend, 'MatMulGradientNorms', denseOperands(a, dy), attributes),
  ),
  gradientNormPartOperations.conv2d.on(webGpuBackend, (backend, { a, dy }, attributes) => {
    const layer = convolutionOperands(a, dy, attributes);
    return gradientNormParts(backend, 'Conv2DGradientNorms', layer, attributes);
  }),
];
