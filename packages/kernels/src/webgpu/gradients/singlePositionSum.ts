import type * as tf from '@tensorflow/tfjs-core';
import type { LayerOperands } from './layerOperands.ts';
import { partSum } from './partSum.ts';
import { groupsOf } from '../products/tileCode.ts';
import { tiledProductProgram } from '../products/tiledProduct.ts';
import {
  gradientsOfExample,
  isKept,
  valuesOf,
  type TileOperand,
} from '../products/tileOperands.ts';
import { flat, unsigned, type WebGpuBackend } from '../webGpuBackend.ts';
import { busyWorkgroups, exampleUniforms, factorOfExample, sumsOfParts } from './weightGradient.ts';

/**
 * Number of examples in workgroup memory at a time; the number of examples of a part is a multiple
 * of it.
 */
const examplesAtATime = 4 * groupsOf.rounded;
const tile = 64;

/**
 * Σ rint(a·(factor·b)) over the examples of a layer with a single position, [p, d] of int32: a
 * product in tiles whose positions are the examples, and whose terms are rounded.
 *
 * @param name distinguishes the program from others
 */
export function singlePositionSum(
  backend: WebGpuBackend,
  layer: LayerOperands,
  name: string,
  factors: Float32Array,
): tf.TensorInfo {
  const { inputs, left, dy, examples, positions, p, d } = layer;
  const tiles = Math.ceil(p / tile) * Math.ceil(d / tile);
  const mostParts = Math.ceil(busyWorkgroups / tiles);
  const examplesOfPart = examplesAtATime * Math.ceil(examples / (examplesAtATime * mostParts));
  const parts = Math.ceil(examples / examplesOfPart);
  const leftOperand = left.operand;
  const rightOperand = gradientsOfExample(d);
  const program = tiledProductProgram({
    name,
    elements: 'rounded',
    left: readExamples('inputOf', leftOperand, ''),
    right: readExamples('gradientOf', rightOperand, ' * factor'),
    lines: p,
    columns: d,
    parts,
    inputs: [
      ['A', leftOperand.width],
      ['Dy', rightOperand.width],
      ['Factors', 1],
    ],
    uniforms: exampleUniforms + left.uniforms,
    declarations: [
      declaredRead('inputOf', leftOperand),
      declaredRead('gradientOf', rightOperand),
    ].join('\n'),
    positions: 'uniforms.examplesOfPart',
    outcome: sumsOfParts(parts, p, d, 'i32'),
  });
  const factorTensor = backend.makeTensorInfo([examples], 'float32', factors);
  const sums = backend.runWebGPUProgram(program, [flat(inputs), flat(dy), factorTensor], 'int32', [
    ...unsigned(p, d, positions, examples, examplesOfPart),
    ...left.values,
  ]);
  backend.disposeData(factorTensor.dataId);
  return partSum(backend, sums, parts, p * d);
}

/** WGSL: an operand's read, of `example`, under a name. */
function declaredRead(name: string, { read, width }: TileOperand): string {
  return `fn ${name}(line: u32, position: u32) -> ${valuesOf(width)} {
  ${read}
}`;
}

/**
 * An operand whose positions are the examples of a part, with zeros for examples that are left out,
 * whatever their values are.
 *
 * @param factor WGSL behind the value
 */
function readExamples(name: string, { width }: TileOperand, factor: string): TileOperand {
  return {
    along: 'lines',
    width,
    read: `
  example = workgroupId.z * uniforms.examplesOfPart + position;
  let factor = ${factorOfExample};
  return select(${valuesOf(width)}(), ${name}(line, 0u), ${isKept('factor')})${factor};`,
  };
}
