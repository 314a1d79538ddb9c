import * as tf from '@tensorflow/tfjs-core';
import { quantizerKernels, type QuantizeAttributes } from '@dpquant/quantization';
import { philox } from './philox.ts';
import { reciprocal } from './reciprocal.ts';
import {
  reshaped,
  unsigned,
  wordTensor,
  type WebGpuBackend,
  type WebGpuProgram,
} from './webGpuBackend.ts';

const invocations = 256;

/**
 * The scale of every group, from the bits of its values: those of a float32 without its sign are in the
 * order of magnitudes, with infinity and NaN above, so that nothing has to be assumed of a device's
 * comparisons. Largest value 64: the exponent of the largest magnitude less 6, at least 1.
 */
class ScaleProgram implements WebGpuProgram {
  readonly variableNames = ['X'];
  readonly uniforms = 'groupSize : u32,';
  readonly workgroupSize: [number, number, number] = [invocations, 1, 1];
  readonly dispatchLayout = { x: [0] };
  readonly shaderKey = 'dpquantLuqFp4Scales';
  readonly outputShape: number[];
  readonly dispatch: [number, number, number];

  constructor(groups: number) {
    this.outputShape = [groups];
    this.dispatch = [groups, 1, 1];
  }

  getUserCode(): string {
    return `
var<workgroup> largest: array<u32, ${invocations}>;

// With one dimension of workgroups the backend hands the invocation's number over.
fn main(_invocation : i32) {
  let start = workgroupId.x * uniforms.groupSize;
  let end = start + uniforms.groupSize;
  var own = 0u;
  for (var i = start + localIndex; i < end; i += ${invocations}u) {
    own = max(own, bitcast<u32>(X[i]) & 0x7fffffffu);
  }
  largest[localIndex] = own;
  for (var distance = ${invocations / 2}u; distance > 0u; distance >>= 1u) {
    workgroupBarrier();
    if (localIndex < distance) {
      largest[localIndex] = max(largest[localIndex], largest[localIndex + distance]);
    }
  }
  if (localIndex == 0u) {
    var scale = 0u;
    if (largest[0] >= 0x7f800000u) {
      scale = 0x7fc00000u;
    } else if (largest[0] >= (7u << 23u)) {
      scale = largest[0] - (6u << 23u);
    }
    result[workgroupId.x] = bitcast<f32>(scale);
  }
}
`;
  }
}

/** The codes, four of a Philox block an invocation. */
class CodeProgram implements WebGpuProgram {
  readonly variableNames = ['X', 'Scales', 'Rows', 'ViewsAndDraws'];
  readonly uniforms = 'groupSize : u32, key0 : u32, key1 : u32, step : u32,';
  readonly workgroupSize: [number, number, number] = [invocations, 1, 1];
  readonly dispatchLayout = { x: [1], y: [0] };
  readonly shaderKey = 'dpquantLuqFp4Codes';
  readonly outputShape: number[];
  readonly dispatch: [number, number, number];

  constructor(groups: number, groupSize: number) {
    this.outputShape = [groups, groupSize];
    this.dispatch = [Math.ceil(groupSize / (4 * invocations)), groups, 1];
  }

  getUserCode(): string {
    return `
${philox}
${reciprocal}

var<workgroup> sharedInverse: u32;

/** Whether the product of two normal or subnormal magnitudes is above half the smallest subnormal number. */
fn isAboveHalfSmallest(a: u32, b: u32) -> bool {
  let aBits = select((a & 0x7fffffu) | 0x800000u, a & 0x7fffffu, a < 0x800000u);
  let aShift = countLeadingZeros(aBits) - 8u;
  let aMantissa = aBits << aShift;
  let bMantissa = (b & 0x7fffffu) | 0x800000u;
  let exponent = i32(max(a >> 23u, 1u)) - i32(aShift) + i32(b >> 23u) - 254;
  // 48 bits: the upper 32, and whether there are others.
  let high = multiplyHigh(aMantissa << 8u, bMantissa << 8u);
  let hasLow = ((aMantissa * bMantissa) & 0xffffu) != 0u;
  if (exponent != -151) {
    return exponent > -150 || (exponent == -150 && (high > 0x40000000u || hasLow));
  }
  return high > 0x80000000u || (high == 0x80000000u && hasLow);
}

/** magnitude·inverse, rounded once. Subnormal magnitudes, which may count as zero, are scaled up and back. */
fn ratio(magnitude: u32, inverse: u32) -> f32 {
  if (magnitude >= 0x800000u) {
    return bitcast<f32>(magnitude) * bitcast<f32>(inverse);
  }
  return f32(magnitude) * exp2Of(-30) * bitcast<f32>(inverse) * exp2Of(-119);
}

fn exp2Of(exponent: i32) -> f32 {
  return bitcast<f32>(u32(exponent + 127) << 23u);
}

fn codeOf(bits: u32, word: u32, inverse: u32) -> f32 {
  let magnitude = bits & 0x7fffffffu;
  let r = ratio(magnitude, inverse);
  var code = 0u;
  if (r >= 1.0) {
    // The word's bits are added to the mantissa and carry into the exponent; 64 at most.
    code = min((bitcast<u32>(r) + (word >> 9u)) & 0xff800000u, 0x42800000u);
  } else if (magnitude != 0u) {
    // One with the probability r. A subnormal r may count as zero here, which is above a word of zeros.
    let isUp = select(
      f32(word >> 8u) < r * 16777216.0,
      isAboveHalfSmallest(magnitude, inverse),
      word < 256u,
    );
    code = select(0u, 0x3f800000u, isUp);
  }
  return bitcast<f32>(select(code | (bits & 0x80000000u), 0u, code == 0u));
}

fn main() {
  let group = workgroupId.y;
  let scale = bitcast<u32>(Scales[group]);
  if (localIndex == 0u) {
    // Zero for what has no scale: its codes are zeros.
    sharedInverse = 0u;
    if (scale >= 0x800000u && scale < 0x7f800000u) {
      sharedInverse = reciprocalBits(scale);
    }
  }
  workgroupBarrier();
  let inverse = sharedInverse;
  let block = workgroupId.x * ${invocations}u + localIndex;
  let first = 4u * block;
  if (first >= uniforms.groupSize) {
    return;
  }
  let start = group * uniforms.groupSize + first;
  let count = min(4u, uniforms.groupSize - first);
  if (inverse == 0u) {
    for (var i = 0u; i < count; i++) {
      result[start + i] = 0.0;
    }
    return;
  }
  let words = philox(
    vec4<u32>(block, bitcast<u32>(Rows[group]), bitcast<u32>(ViewsAndDraws[group]), uniforms.step),
    vec2<u32>(uniforms.key0, uniforms.key1),
  );
  for (var i = 0u; i < count; i++) {
    result[start + i] = codeOf(bitcast<u32>(X[start + i]), words[i], inverse);
  }
}
`;
  }
}

/** See `quantizerKernels` of quantization, which defines what it computes. */
export function quantizeLuqFp4(
  backend: WebGpuBackend,
  x: tf.TensorInfo,
  { groups, key, step, rows, viewsAndDraws }: QuantizeAttributes,
): tf.TensorInfo[] {
  const groupSize = tf.util.sizeFromShape(x.shape) / groups;
  const values = reshaped(x, [groups, groupSize]);
  const scales = backend.runWebGPUProgram(
    new ScaleProgram(groups),
    [values],
    'float32',
    unsigned(groupSize),
  );
  const counters = [wordTensor(backend, rows), wordTensor(backend, viewsAndDraws)];
  const codes = backend.runWebGPUProgram(
    new CodeProgram(groups, groupSize),
    [values, scales, ...counters],
    'float32',
    unsigned(groupSize, key[0], key[1], step),
  );
  for (const { dataId } of counters) backend.disposeData(dataId);
  return [reshaped(codes, x.shape), scales];
}

export const quantizeLuqFp4Config: tf.KernelConfig = {
  kernelName: quantizerKernels.luqFp4,
  backendName: 'webgpu',
  kernelFunc: ({ inputs, attrs, backend }) =>
    quantizeLuqFp4(
      backend as unknown as WebGpuBackend,
      inputs['x']!,
      attrs as unknown as QuantizeAttributes,
    ),
};
