import type * as tf from '@tensorflow/tfjs-core';
import type { Elements } from './tileCode.ts';
import { TiledProductProgram } from './tiledProduct.ts';
import { gradientsOfExample, widthOf, type LinesOfExample } from './tileOperands.ts';
import { flat, unsigned, type WebGpuBackend, type WebGpuProgram } from './webGpuBackend.ts';

/** What a layer's weight gradient is summed from. */
export interface WeightGradientOptions {
  /** What distinguishes the program from others. */
  readonly name: string;
  readonly elements: Elements;
  /** Inputs of the layer, from the shader's input `A`. */
  readonly inputs: tf.TensorInfo;
  /** As the weights see them: a line is a row of the gradient. */
  readonly left: LinesOfExample;
  readonly dy: tf.TensorInfo;
  readonly examples: number;
  readonly positions: number;
  readonly p: number;
  readonly d: number;
  /** One an example; without them all are 1. */
  readonly factors?: Float32Array;
}

/** Workgroups that a graphics processor is to be kept busy with, if there are as many examples. */
const busyWorkgroups = 512;
const tileLines = 32;
const tileColumns = 64;
const invocations = 64;

/**
 * Σ factor·AᵀB over the examples, [p, d]. Each example's product is summed by itself, then multiplied by its
 * factor and added, so that no per-example gradient leaves the registers. Where the gradient has too few
 * tiles for a graphics processor, examples are divided into parts whose sums are added at the end; into how
 * many depends on the shapes alone.
 */
export function weightGradient(
  backend: WebGpuBackend,
  options: WeightGradientOptions,
): tf.TensorInfo {
  const { examples, positions, p, d, left, factors } = options;
  const tiles = Math.ceil(p / tileLines) * Math.ceil(d / tileColumns);
  const examplesOfPart = Math.ceil(examples / Math.ceil(busyWorkgroups / tiles));
  const parts = Math.ceil(examples / examplesOfPart);
  const right = gradientsOfExample(d);
  const storeWidth = widthOf(d);
  const program = new TiledProductProgram({
    name: options.name,
    elements: options.elements,
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
    uniforms:
      'lines : u32, columns : u32, positions : u32, examples : u32, examplesOfPart : u32, ' +
      left.uniforms,
    positions: 'uniforms.positions',
    // What lies beyond the last example is zeros; its factor is read from the last one.
    examples: { factor: factors ? 'Factors[min(example, uniforms.examples - 1u)]' : '1.0' },
    outcome: {
      shape: [parts, p, d],
      store: `
  if (line < uniforms.lines && column < uniforms.columns) {
    let at = (workgroupId.z * uniforms.lines + line) * uniforms.columns + column;
    result[at / ${storeWidth}u] = value;
  }`,
      width: storeWidth,
    },
  });
  const factorTensor = factors && backend.makeTensorInfo([examples], 'float32', factors);
  const sums = backend.runWebGPUProgram(
    program,
    [flat(options.inputs), flat(options.dy), ...(factorTensor ? [factorTensor] : [])],
    'float32',
    [...unsigned(p, d, positions, examples, examplesOfPart), ...left.values],
  );
  if (factorTensor) backend.disposeData(factorTensor.dataId);
  return parts === 1 ? sums : addedUp(backend, sums, parts, p * d);
}

/** Sum over the parts, one after the other. Takes them over. */
function addedUp(
  backend: WebGpuBackend,
  sums: tf.TensorInfo,
  parts: number,
  size: number,
): tf.TensorInfo {
  const total = backend.runWebGPUProgram(
    new PartSumProgram(size),
    [flat(sums)],
    'float32',
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
  readonly shaderKey = 'dpquantPartSum';
  readonly outputShape: number[];
  readonly dispatch: [number, number, number];

  constructor(size: number) {
    this.outputShape = [size];
    this.dispatch = [Math.ceil(size / invocations), 1, 1];
  }

  getUserCode(): string {
    return `
fn main(index : i32) {
  let at = u32(index);
  if (at >= uniforms.size) {
    return;
  }
  var sum = 0.0;
  for (var part = 0u; part < uniforms.parts; part++) {
    sum += Sums[part * uniforms.size + at];
  }
  result[at] = sum;
}
`;
  }
}
