import * as tf from '@tensorflow/tfjs-core';
import type { OperationKernel, Shape4D, WindowAttributes } from '@dpquant/operations';
import { gradientNormPartOperations } from '@dpquant/quantization';
import { gradientsOfExample, rowsOfExample, type LinesOfExample } from './tileOperands.ts';
import { TiledProductProgram } from './tiledProduct.ts';
import { flat, unsigned, webGpuBackend, type WebGpuBackend } from './webGpuBackend.ts';
import { windowLines } from './windowLines.ts';

interface Attributes {
  readonly areIntegers: boolean;
}

interface Conv2DAttributes extends Attributes, WindowAttributes {
  readonly filterShape: Shape4D;
}

interface Operands {
  readonly a: tf.TensorInfo;
  readonly dy: tf.TensorInfo;
}

/**
 * Tiles of every example's gradient AᵀB, of which only the sum of squares leaves the workgroup: an invocation adds
 * up to 64 of them one after the other, and a tree those of 64 invocations.
 */
function gradientNormParts(
  backend: WebGpuBackend,
  name: string,
  { a, dy }: Operands,
  left: LinesOfExample,
  [positions, p, d]: readonly [positions: number, p: number, d: number],
  { areIntegers }: Attributes,
): tf.TensorInfo {
  const right = gradientsOfExample(d);
  const examples = dy.shape[0]!;
  const program = new TiledProductProgram({
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
  return backend.runWebGPUProgram(program, [flat(a), flat(dy)], 'float32', [
    ...unsigned(p, d, positions, examples),
    ...left.values,
  ]);
}

/** See `gradientNormPartOperations` of quantization, which defines what it computes. */
function matMulGradientNormParts(
  backend: WebGpuBackend,
  operands: Operands,
  attributes: Attributes,
): tf.TensorInfo {
  const { shape } = operands.a;
  const [p, d] = [shape.at(-1)!, operands.dy.shape.at(-1)!];
  const sizes = [tf.util.sizeFromShape(shape.slice(1, -1)), p, d] as const;
  const left = rowsOfExample(p);
  return gradientNormParts(backend, 'MatMulGradientNorms', operands, left, sizes, attributes);
}

/** See `gradientNormPartOperations` of quantization, which defines what it computes. */
function conv2dGradientNormParts(
  backend: WebGpuBackend,
  operands: Operands,
  attributes: Conv2DAttributes,
): tf.TensorInfo {
  const { filterShape, strides, pad, dimRoundingMode } = attributes;
  const info = tf.backend_util.computeConv2DInfo(
    operands.a.shape as Shape4D,
    filterShape,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const p = info.filterHeight * info.filterWidth * info.inChannels;
  const sizes = [info.outHeight * info.outWidth, p, info.outChannels] as const;
  const left = windowLines(info);
  return gradientNormParts(backend, 'Conv2DGradientNorms', operands, left, sizes, attributes);
}

export const gradientNormPartConfigs: readonly OperationKernel[] = [
  gradientNormPartOperations.matMul.on(webGpuBackend, matMulGradientNormParts),
  gradientNormPartOperations.conv2d.on(webGpuBackend, conv2dGradientNormParts),
];
