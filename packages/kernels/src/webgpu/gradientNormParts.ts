import * as tf from '@tensorflow/tfjs-core';
import { gradientNormPartKernels } from '@dpquant/quantization';
import type { Shape4D, WindowAttributes } from '../windows.ts';
import {
  flat,
  unsigned,
  type Uniform,
  type WebGpuBackend,
  type WebGpuProgram,
} from './webGpuBackend.ts';

/** Rows and columns of a gradient that a workgroup forms, each invocation four by four. */
const tile = 32;
/** Positions that are in workgroup memory at a time. */
const depth = 16;
const invocations = (tile / 4) ** 2;

interface Layout {
  /** Declares the uniforms that `inputAt` uses. */
  readonly uniforms: string;
  /** WGSL: element `column` of A at `position` of `example`. */
  readonly inputAt: string;
}

/**
 * Tiles of every example's gradient AᵀB, of which only the sum of squares leaves the workgroup: one
 * addend a tile, and with the first tile of a row or column the squares of its part of A or B.
 */
class GradientNormProgram implements WebGpuProgram {
  readonly variableNames = ['A', 'B'];
  readonly uniforms: string;
  readonly workgroupSize: [number, number, number] = [invocations, 1, 1];
  readonly dispatchLayout = { x: [2], y: [1], z: [0] };
  readonly shaderKey: string;
  readonly outputShape: number[];
  readonly dispatch: [number, number, number];
  readonly #inputAt: string;

  constructor(name: string, examples: number, p: number, d: number, layout: Layout) {
    const [rows, columns] = [Math.ceil(p / tile), Math.ceil(d / tile)];
    this.outputShape = [examples, 3, rows * columns];
    this.dispatch = [columns, rows, examples];
    this.uniforms = `positions : u32, p : u32, d : u32, ${layout.uniforms}`;
    this.shaderKey = `dpquant${name}`;
    this.#inputAt = layout.inputAt;
  }

  getUserCode(): string {
    return `
var<workgroup> aTile: array<f32, ${tile * depth}>;
var<workgroup> bTile: array<f32, ${tile * depth}>;
var<workgroup> partial: array<vec3<f32>, ${invocations}>;

fn inputAt(example: u32, position: u32, column: u32) -> f32 {
  ${this.#inputAt}
}

fn main() {
  let example = workgroupId.z;
  let firstRow = workgroupId.y * ${tile}u;
  let firstColumn = workgroupId.x * ${tile}u;
  let ownRow = (localIndex / ${tile / 4}u) * 4u;
  let ownColumn = (localIndex % ${tile / 4}u) * 4u;
  var sums: array<vec4<f32>, 4>;
  var aSquares = 0.0;
  var bSquares = 0.0;
  for (var start = 0u; start < uniforms.positions; start += ${depth}u) {
    for (var i = localIndex; i < ${tile * depth}u; i += ${invocations}u) {
      let position = start + i / ${tile}u;
      let row = firstRow + i % ${tile}u;
      let column = firstColumn + i % ${tile}u;
      var a = 0.0;
      var b = 0.0;
      if (position < uniforms.positions) {
        if (row < uniforms.p) {
          a = inputAt(example, position, row);
        }
        if (column < uniforms.d) {
          b = B[(example * uniforms.positions + position) * uniforms.d + column];
        }
      }
      aTile[i] = a;
      bTile[i] = b;
      aSquares += a * a;
      bSquares += b * b;
    }
    workgroupBarrier();
    for (var position = 0u; position < ${depth}u; position++) {
      let at = position * ${tile}u + ownColumn;
      let b = vec4<f32>(bTile[at], bTile[at + 1u], bTile[at + 2u], bTile[at + 3u]);
      for (var row = 0u; row < 4u; row++) {
        sums[row] += aTile[position * ${tile}u + ownRow + row] * b;
      }
    }
    workgroupBarrier();
  }
  var squares = 0.0;
  for (var row = 0u; row < 4u; row++) {
    squares += dot(sums[row], sums[row]);
  }
  partial[localIndex] = vec3<f32>(squares, aSquares, bSquares);
  for (var distance = ${invocations / 2}u; distance > 0u; distance >>= 1u) {
    workgroupBarrier();
    if (localIndex < distance) {
      partial[localIndex] += partial[localIndex + distance];
    }
  }
  if (localIndex == 0u) {
    let parts = numWorkgroups.x * numWorkgroups.y;
    let part = workgroupId.y * numWorkgroups.x + workgroupId.x;
    let at = example * 3u * parts + part;
    result[at] = partial[0].x;
    result[at + parts] = select(0.0, partial[0].y, workgroupId.x == 0u);
    result[at + 2u * parts] = select(0.0, partial[0].z, workgroupId.y == 0u);
  }
}
`;
  }
}

/** See `gradientNormPartKernels` of quantization, which defines what it computes. */
export function matMulGradientNormParts(
  backend: WebGpuBackend,
  a: tf.TensorInfo,
  dy: tf.TensorInfo,
): tf.TensorInfo {
  const [n, p, d] = [a.shape[0]!, a.shape.at(-1)!, dy.shape.at(-1)!];
  const positions = tf.util.sizeFromShape(a.shape.slice(1, -1));
  const program = new GradientNormProgram('MatMulGradientNormParts', n, p, d, {
    uniforms: '',
    inputAt: 'return A[(example * uniforms.positions + position) * uniforms.p + column];',
  });
  return backend.runWebGPUProgram(
    program,
    [flat(a), flat(dy)],
    'float32',
    unsigned(positions, p, d),
  );
}

/** See `gradientNormPartKernels` of quantization, which defines what it computes. */
export function conv2dGradientNormParts(
  backend: WebGpuBackend,
  a: tf.TensorInfo,
  dy: tf.TensorInfo,
  { filterShape, strides, pad, dimRoundingMode }: WindowAttributes & { filterShape: Shape4D },
): tf.TensorInfo {
  const info = tf.backend_util.computeConv2DInfo(
    a.shape as Shape4D,
    filterShape,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const p = info.filterHeight * info.filterWidth * info.inChannels;
  const positions = info.outHeight * info.outWidth;
  const window = [
    info.inHeight,
    info.inWidth,
    info.inChannels,
    info.filterWidth,
    info.outWidth,
    info.strideHeight,
    info.strideWidth,
    info.padInfo.top,
    info.padInfo.left,
  ];
  const program = new GradientNormProgram(
    'Conv2DGradientNormParts',
    info.batchSize,
    p,
    info.outChannels,
    {
      uniforms:
        'inHeight : i32, inWidth : i32, channels : i32, filterWidth : i32, outWidth : i32, ' +
        'strideHeight : i32, strideWidth : i32, padTop : i32, padLeft : i32,',
      inputAt: `
  let channel = i32(column) % uniforms.channels;
  let place = i32(column) / uniforms.channels;
  let y = (i32(position) / uniforms.outWidth) * uniforms.strideHeight - uniforms.padTop
    + place / uniforms.filterWidth;
  let x = (i32(position) % uniforms.outWidth) * uniforms.strideWidth - uniforms.padLeft
    + place % uniforms.filterWidth;
  if (y < 0 || y >= uniforms.inHeight || x < 0 || x >= uniforms.inWidth) {
    return 0.0;
  }
  let pixel = (i32(example) * uniforms.inHeight + y) * uniforms.inWidth + x;
  return A[pixel * uniforms.channels + channel];`,
    },
  );
  return backend.runWebGPUProgram(program, [flat(a), flat(dy)], 'float32', [
    ...unsigned(positions, p, info.outChannels),
    ...window.map((value): Uniform => ({ type: 'int32', data: [value] })),
  ]);
}

export const gradientNormPartConfigs: readonly tf.KernelConfig[] = [
  {
    kernelName: gradientNormPartKernels.matMul,
    backendName: 'webgpu',
    kernelFunc: ({ inputs, backend }) =>
      matMulGradientNormParts(backend as unknown as WebGpuBackend, inputs['a']!, inputs['dy']!),
  },
  {
    kernelName: gradientNormPartKernels.conv2d,
    backendName: 'webgpu',
    kernelFunc: ({ inputs, attrs, backend }) =>
      conv2dGradientNormParts(
        backend as unknown as WebGpuBackend,
        inputs['a']!,
        inputs['dy']!,
        attrs as unknown as WindowAttributes & { filterShape: Shape4D },
      ),
  },
];
