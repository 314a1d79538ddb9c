import type * as tf from '@tensorflow/tfjs-core';
import type { LayerOperands } from './layerOperands.ts';
import { partSum } from './partSum.ts';
import type { Elements } from '../products/tileCode.ts';
import { tiledProductProgram, type TiledProductOptions } from '../products/tiledProduct.ts';
import { gradientsOfExample, widthOf, type SumType } from '../products/tileOperands.ts';
import { flat, unsigned, type WebGpuBackend } from '../webGpuBackend.ts';

/** How a layer's weight gradient is summed. */
export interface WeightGradientOptions {
  /** A name that distinguishes the program from others. */
  readonly name: string;
  readonly elements: Elements;
  /** One per example. Default: all are 1. */
  readonly factors?: Float32Array;
  /**
   * Whether each example's product with its factor is rounded to whole numbers, whose sum is int32.
   */
  readonly isRounded?: boolean;
}

/** Number of workgroups that keeps a graphics processor busy. */
export const busyWorkgroups = 512;
const tileLines = 32;
const tileColumns = 64;

/** Uniforms of a sum over examples, before those of its left operand. */
export const exampleUniforms =
  'lines : u32, columns : u32, positions : u32, examples : u32, examplesOfPart : u32, ';

/**
 * WGSL: an example's factor. Operands beyond the last example are zeros; their factor is read from
 * the last one.
 */
export const factorOfExample = 'Factors[min(example, uniforms.examples - 1u)]';

/**
 * Σ factor·AᵀB over the examples, [p, d]. Each example's product is summed separately, then
 * multiplied by its factor and added, so that no per-example gradient leaves the registers. Where
 * the gradient has too few tiles for a graphics processor, examples are divided into parts whose
 * sums are added at the end; the number of parts depends on the shapes alone.
 */
export function weightGradient(
  backend: WebGpuBackend,
  layer: LayerOperands,
  { name, elements, factors, isRounded = false }: WeightGradientOptions,
): tf.TensorInfo {
  const { inputs, left, dy, examples, positions, p, d } = layer;
  const tiles = Math.ceil(p / tileLines) * Math.ceil(d / tileColumns);
  const examplesOfPart = Math.ceil(examples / Math.ceil(busyWorkgroups / tiles));
  const parts = Math.ceil(examples / examplesOfPart);
  const right = gradientsOfExample(d);
  const program = tiledProductProgram({
    name,
    elements,
    left: left.operand,
    right,
    lines: p,
    columns: d,
    parts,
    inputs: [
      ['A', left.operand.width],
      ['Dy', right.width],
      ...(factors ? [['Factors', 1] as const] : []),
    ],
    uniforms: exampleUniforms + left.uniforms,
    positions: 'uniforms.positions',
    examples: { factor: factors ? factorOfExample : '1.0', isRounded },
    outcome: sumsOfParts(parts, p, d, isRounded ? 'i32' : 'f32'),
  });
  const factorTensor = factors && backend.makeTensorInfo([examples], 'float32', factors);
  const sums = backend.runWebGPUProgram(
    program,
    [flat(inputs), flat(dy), ...(factorTensor ? [factorTensor] : [])],
    isRounded ? 'int32' : 'float32',
    [...unsigned(p, d, positions, examples, examplesOfPart), ...left.values],
  );
  if (factorTensor) backend.disposeData(factorTensor.dataId);
  return partSum(backend, sums, parts, p * d);
}

/** Sums of parts of the examples, [parts, p, d], as a program stores them. */
export function sumsOfParts(
  parts: number,
  p: number,
  d: number,
  type: SumType,
): TiledProductOptions['outcome'] {
  const width = widthOf(d);
  return {
    shape: [parts, p, d],
    store: `
  if (line < uniforms.lines && column < uniforms.columns) {
    let at = (workgroupId.z * uniforms.lines + line) * uniforms.columns + column;
    result[at / ${width}u] = value;
  }`,
    width,
    type,
  };
}
